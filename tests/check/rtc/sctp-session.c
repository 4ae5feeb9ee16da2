/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Data channels between two of ours, without a socket: every message there is,
 * also where packets are lost.
 */
#include <sctp-session.h>
#include <string.h>

#define STEP 20                 /* ms */
#define MAX_STEPS 3000

static const DcepReliability RELIABLE, LOSSY = { TRUE, DCEP_RETRANSMITS, 0 };

typedef struct
{
  SctpSession *a, *b;
  guint loss;                   /* per cent */
  GRand *rand;
} Pair;

static void
set_up (Pair * p)
{
  p->loss = 0;
  p->rand = g_rand_new_with_seed (1);
  p->a = sctp_session_new ();
  p->b = sctp_session_new ();
}

static void
tear_down (Pair * p)
{
  sctp_session_free (p->a);
  sctp_session_free (p->b);
  g_rand_free (p->rand);
}

static gboolean
carry (Pair * p, SctpSession * from, SctpSession * to)
{
  gboolean any = FALSE;
  GBytes *bytes;

  while ((bytes = sctp_session_take_output (from))) {
    gsize size;
    const guint8 *packet = g_bytes_get_data (bytes, &size);

    g_assert_cmpuint (size, <=, 1140);  /* DTLS takes 1163 */
    if ((guint) g_rand_int_range (p->rand, 0, 100) >= p->loss)
      sctp_session_receive (to, packet, size);
    g_bytes_unref (bytes);
    any = TRUE;
  }
  return any;
}

static void
exchange (Pair * p)
{
  gboolean any;

  do {
    any = carry (p, p->a, p->b);
    any |= carry (p, p->b, p->a);
  } while (any);
}

/* What happens next at @self, however long it takes. */
static SctpEvent *
wait_for (Pair * p, SctpSession * self)
{
  SctpEvent *event;

  for (guint i = 0; i < MAX_STEPS; i++) {
    if ((event = sctp_session_take_event (self)))
      return event;
    exchange (p);
    /* What is lost is repeated by the machine's clock: a step is a step. */
    if (p->loss > 0)
      g_poll (NULL, 0, STEP);
    sctp_pass_time (STEP);
  }
  g_error ("nothing happens");
}

static void
expect (Pair * p, SctpSession * self, SctpEventType type, guint16 channel,
    const gchar * label)
{
  SctpEvent *event = wait_for (p, self);

  g_assert_cmpint (event->type, ==, type);
  g_assert_cmpuint (event->channel, ==, channel);
  g_assert_cmpstr (event->label, ==, label);
  sctp_event_free (event);
}

static void
expect_message (Pair * p, SctpSession * self, guint16 channel,
    gboolean binary, const void *message, gsize size)
{
  SctpEvent *event = wait_for (p, self);

  g_assert_cmpint (event->type, ==, SCTP_MESSAGE);
  g_assert_cmpuint (event->channel, ==, channel);
  g_assert_true (event->binary == binary);
  g_assert_cmpmem (g_bytes_get_data (event->message, NULL),
      g_bytes_get_size (event->message), message, size);
  sctp_event_free (event);
}

static void
start (Pair * p)
{
  GError *error = NULL;

  sctp_session_start (p->a, 5000, 5000, &error);
  g_assert_no_error (error);
  sctp_session_start (p->b, 5000, 5000, &error);
  g_assert_no_error (error);
  expect (p, p->a, SCTP_UP, SCTP_MAX_CHANNELS, NULL);
  expect (p, p->b, SCTP_UP, SCTP_MAX_CHANNELS, NULL);
}

static void
open_channel (Pair * p)
{
  g_assert_true (sctp_session_open (p->a, 1, "_reliable", &RELIABLE));
  expect (p, p->b, SCTP_CHANNEL_OPEN, 1, "_reliable");
  expect (p, p->a, SCTP_CHANNEL_OPEN, 1, "_reliable");
}

static void
messages (void)
{
  Pair p;

  set_up (&p);
  start (&p);
  open_channel (&p);
  g_assert_true (sctp_session_send (p.a, 1, FALSE, (guint8 *) "text", 4));
  expect_message (&p, p.b, 1, FALSE, "text", 4);
  g_assert_true (sctp_session_send (p.b, 1, TRUE, (guint8 *) "\0\1", 2));
  expect_message (&p, p.a, 1, TRUE, "\0\1", 2);
  g_assert_true (sctp_session_send (p.b, 1, FALSE, NULL, 0));
  expect_message (&p, p.a, 1, FALSE, "", 0);
  g_assert_true (sctp_session_send (p.b, 1, TRUE, NULL, 0));
  expect_message (&p, p.a, 1, TRUE, "", 0);
  tear_down (&p);
}

/* Both sides open one before either has agreed, and speak at once. */
static void
both_open (void)
{
  Pair p;

  set_up (&p);
  start (&p);
  g_assert_true (sctp_session_open (p.a, 0, "one", &LOSSY));
  g_assert_true (sctp_session_open (p.b, 1, "two", &RELIABLE));
  g_assert_true (sctp_session_send (p.a, 0, TRUE, (guint8 *) "1", 1));
  g_assert_true (sctp_session_send (p.b, 1, TRUE, (guint8 *) "2", 1));
  expect (&p, p.b, SCTP_CHANNEL_OPEN, 0, "one");
  expect_message (&p, p.b, 0, TRUE, "1", 1);
  expect (&p, p.b, SCTP_CHANNEL_OPEN, 1, "two");
  expect (&p, p.a, SCTP_CHANNEL_OPEN, 1, "two");
  expect_message (&p, p.a, 1, TRUE, "2", 1);
  expect (&p, p.a, SCTP_CHANNEL_OPEN, 0, "one");
  tear_down (&p);
}

static void
long_messages (void)
{
  guint8 *big = g_malloc (SCTP_MAX_MESSAGE + 1);
  guint32 seed = 1;
  Pair p;

  for (gsize i = 0; i <= SCTP_MAX_MESSAGE; i++)
    big[i] = (seed = seed * 1103515245 + 12345) >> 16;
  set_up (&p);
  start (&p);
  open_channel (&p);
  for (gsize size = SCTP_MAX_MESSAGE; size > 1000; size /= 3) {
    g_assert_true (sctp_session_send (p.a, 1, TRUE, big, size));
    expect_message (&p, p.b, 1, TRUE, big, size);
  }
  g_assert_false (sctp_session_send (p.a, 1, TRUE, big, SCTP_MAX_MESSAGE + 1));
  tear_down (&p);
  g_free (big);
}

/* Nobody carries anything away: at some time it is enough. */
static void
back_pressure (void)
{
  guint8 *big = g_malloc0 (65536);
  guint n = 0;
  Pair p;

  set_up (&p);
  start (&p);
  open_channel (&p);
  while (n < 1000 && sctp_session_send (p.a, 1, TRUE, big, 65536))
    n++;
  g_assert_cmpuint (n, >=, 4);
  g_assert_cmpuint (n, <=, 16);
  for (guint i = 0; i < n; i++)
    expect_message (&p, p.b, 1, TRUE, big, 65536);
  g_assert_true (sctp_session_send (p.a, 1, TRUE, big, 65536));
  tear_down (&p);
  g_free (big);
}

static void
losses (void)
{
  Pair p;

  set_up (&p);
  p.loss = 20;
  start (&p);
  g_assert_true (sctp_session_open (p.a, 2, "label", &RELIABLE));
  for (guint i = 0; i < 100; i++)
    g_assert_true (sctp_session_send (p.a, 2, TRUE, (guint8 *) & i, sizeof i));
  expect (&p, p.b, SCTP_CHANNEL_OPEN, 2, "label");
  for (guint i = 0; i < 100; i++)
    expect_message (&p, p.b, 2, TRUE, &i, sizeof i);
  tear_down (&p);
}

static void
refused (void)
{
  gchar label[DCEP_MAX_LABEL + 2];
  Pair p;

  set_up (&p);
  g_assert_false (sctp_session_open (p.a, 1, "early", &RELIABLE));
  start (&p);
  memset (label, 'x', sizeof label);
  label[sizeof label - 1] = 0;
  g_assert_false (sctp_session_open (p.a, 1, label, &RELIABLE));
  g_assert_false (sctp_session_open (p.a, SCTP_MAX_CHANNELS, "x", &RELIABLE));
  g_assert_false (sctp_session_send (p.a, 1, TRUE, (guint8 *) "x", 1));
  g_assert_false (sctp_session_send (p.a, SCTP_MAX_CHANNELS, TRUE,
          (guint8 *) "x", 1));
  open_channel (&p);
  g_assert_false (sctp_session_open (p.a, 1, "again", &RELIABLE));
  tear_down (&p);
}

/* Anybody with the keys can send anything. */
static void
garbage (void)
{
  guint8 junk[200];
  GRand *rand = g_rand_new_with_seed (1);
  Pair p;

  set_up (&p);
  sctp_session_receive (p.a, junk, 0);
  start (&p);
  for (guint i = 0; i < 2000; i++) {
    for (guint k = 0; k < sizeof junk; k++)
      junk[k] = g_rand_int (rand);
    sctp_session_receive (p.b, junk, 1 + i % sizeof junk);
  }
  open_channel (&p);
  g_rand_free (rand);
  tear_down (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sctp-session/messages", messages);
  g_test_add_func ("/sctp-session/both-open", both_open);
  g_test_add_func ("/sctp-session/long-messages", long_messages);
  g_test_add_func ("/sctp-session/back-pressure", back_pressure);
  g_test_add_func ("/sctp-session/losses", losses);
  g_test_add_func ("/sctp-session/refused", refused);
  g_test_add_func ("/sctp-session/garbage", garbage);
  return g_test_run ();
}
