/* spin N: N steps of a generator whose every step needs the one before, so that no compiler or processor can skip any. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **words) {
    uint64_t state = 88172645463325252ULL;
    for (long left = count > 1 ? atol(words[1]) : 0; left > 0; left--) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    printf("%llu\n", (unsigned long long)state);
    return 0;
}
