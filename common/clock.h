/*
 * A clock that only goes forward.
 */
#ifndef TD_CLOCK_H
#define TD_CLOCK_H

/* Seconds since a moment that stays the same while the machine runs. */
double clock_now(void);

#endif
