/*
 * A clock that only goes forward.
 */
#ifndef TD_CLOCK_H
#define TD_CLOCK_H

/* Seconds since a moment that stays the same while the machine runs. */
double clock_now(void);

/* Waits so many seconds. A signal doesn't end it. */
void clock_wait(double seconds);

#endif
