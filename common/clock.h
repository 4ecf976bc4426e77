/*
 * The clock that only goes forward.
 */
#ifndef TD_CLOCK_H
#define TD_CLOCK_H

/* Seconds since some moment in the past. */
double clock_now(void);

#endif
