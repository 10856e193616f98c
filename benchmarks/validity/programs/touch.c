/* touch N: N KiB of memory, every page of it written, so that all of it is resident when the program ends. */
#include <stdlib.h>

int main(int count, char **words) {
    size_t size = (count > 1 ? strtoull(words[1], NULL, 10) : 0) * 1024;
    volatile char *memory = malloc(size);
    if (memory == NULL) return 1;
    for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
    return 0;
}
