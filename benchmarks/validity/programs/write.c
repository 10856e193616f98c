/* write N: N KiB to a file in the current folder, down to the disk, and away with it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words) {
    static char block[1024];
    char name[] = "written-XXXXXX";
    int file = mkstemp(name);
    if (file < 0) return 1;
    memset(block, 'x', sizeof block);
    for (long left = count > 1 ? atol(words[1]) : 0; left > 0; left--)
        if (write(file, block, sizeof block) != (ssize_t)sizeof block) return 1;
    if (fsync(file) != 0 || close(file) != 0 || unlink(name) != 0) return 1;
    return 0;
}
