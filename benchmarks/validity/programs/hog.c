/* hog: takes all of one core until it is ended, and ends with whoever started it. */
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void) {
    volatile uint64_t turns = 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() == 1) return 1;
    for (;;) turns++;
}
