/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SCTP's rest between packets, in the time of the test.
 */
#include <sctp-clock.h>

#define MS 1000                 /* in µs */

/* How often the sessions are told from @now until @end, as the timer does. */
static guint
count_ticks (SctpClock * clock, gint64 now, gint64 end)
{
  guint n = 0, told = 0;

  for (gint64 at = now; (at += sctp_clock_get_wait (clock, at) * MS) <= end;) {
    told += sctp_clock_pass (clock, at);
    n++;
  }
  g_assert_cmpuint (told, <=, (end - now) / MS);
  return n;
}

/* Half a second after the last packet it is told 4 times a second, not 50. */
static void
rests (void)
{
  SctpClock clock;
  gint64 now = 7 * MS;

  sctp_clock_begin (&clock, now);
  g_assert_cmpuint (count_ticks (&clock, now, now + 500 * MS), ==, 25);
  now += 500 * MS;
  g_assert_cmpuint (count_ticks (&clock, now, now + 10000 * MS), ==, 40);
}

static void
packets_keep_it_awake (void)
{
  SctpClock clock;
  gint64 now = 0;

  sctp_clock_begin (&clock, now);
  for (guint i = 0; i < 20; i++) {
    now += 400 * MS;
    g_assert_cmpuint (sctp_clock_get_wait (&clock, now), ==, 20);
    g_assert_false (sctp_clock_packet (&clock, now));
  }
  g_assert_cmpuint (sctp_clock_get_wait (&clock, now + 499 * MS), ==, 20);
  g_assert_cmpuint (sctp_clock_get_wait (&clock, now + 500 * MS), ==, 250);
}

/* What the packet starts counts from its time and not from the last tick's. */
static void
packet_ends_rest (void)
{
  SctpClock clock;
  gint64 now = 0;

  sctp_clock_begin (&clock, now);
  now += 750 * MS;
  g_assert_cmpuint (sctp_clock_pass (&clock, now), ==, 750);
  g_assert_cmpuint (sctp_clock_get_wait (&clock, now), ==, 250);
  now += 200 * MS;
  g_assert_true (sctp_clock_packet (&clock, now));
  g_assert_cmpuint (sctp_clock_pass (&clock, now), ==, 200);
  g_assert_cmpuint (sctp_clock_get_wait (&clock, now), ==, 20);
  g_assert_false (sctp_clock_packet (&clock, now));
}

/* Timers late by parts of a millisecond do not add up to a slow clock. */
static void
loses_nothing (void)
{
  SctpClock clock;
  guint told = 0;

  sctp_clock_begin (&clock, 0);
  for (gint64 now = 0; now < 10000 * MS;)
    told += sctp_clock_pass (&clock, now += 20 * MS + 333);
  g_assert_cmpuint (told, >=, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/sctp-clock/rests", rests);
  g_test_add_func ("/rtc/sctp-clock/packets-keep-it-awake",
      packets_keep_it_awake);
  g_test_add_func ("/rtc/sctp-clock/packet-ends-rest", packet_ends_rest);
  g_test_add_func ("/rtc/sctp-clock/loses-nothing", loses_nothing);
  return g_test_run ();
}
