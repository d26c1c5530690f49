/* Clocks are Solo5's; waiting is yielding until the time has come. */

#include <stdint.h>
#include <sys/time.h>
#include <time.h>
#include "solo5.h"

enum { SECOND = 1000000000, MICROSECOND = 1000 };

int clock_gettime(clockid_t clock, struct timespec *now)
{
  uint64_t time = clock == CLOCK_REALTIME ? solo5_clock_wall() : solo5_clock_monotonic();
  now->tv_sec = (time_t)(time / SECOND);
  now->tv_nsec = (long)(time % SECOND);
  return 0;
}

int gettimeofday(struct timeval *now, void *zone)
{
  (void)zone;
  uint64_t time = solo5_clock_wall();
  now->tv_sec = (time_t)(time / SECOND);
  now->tv_usec = (suseconds_t)(time % SECOND / MICROSECOND);
  return 0;
}

time_t time(time_t *into)
{
  time_t now = (time_t)(solo5_clock_wall() / SECOND);
  if (into != NULL) *into = now;
  return now;
}

clock_t clock(void)
{
  static uint64_t start;
  uint64_t now = solo5_clock_monotonic();
  if (start == 0) start = now;
  return (clock_t)((now - start) / MICROSECOND);
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
  uint64_t until = solo5_clock_monotonic() + (uint64_t)wanted->tv_sec * SECOND
    + (uint64_t)wanted->tv_nsec;
  /* A device that has something ends one yield, not the wait. */
  while (solo5_clock_monotonic() < until) {
    solo5_handle_set_t ready;
    solo5_yield(until, &ready);
  }
  if (left != NULL) left->tv_sec = 0, left->tv_nsec = 0;
  return 0;
}
