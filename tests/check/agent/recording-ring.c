/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The ring between streaming threads and the writer: order, wrapping, loss,
 * waiting.
 */
#include <recording-ring.h>
#include <string.h>

#define MS G_GUINT64_CONSTANT (1000000)
#define FOREVER (60 * G_TIME_SPAN_SECOND)
#define N 160                   /* samples of a block, 10 ms */
#define RECORD (sizeof (RecordingBlock) + N * sizeof (gint16))

static RecordingRingResult
push (RecordingRing * ring, guint channel, guint number, gint64 patience)
{
  gint16 samples[N];
  RecordingBlock block = {
    .time = number * 10 * MS,
    .duration = 10 * MS,
    .n = N,
    .rate = 16000,
    .channel = channel,
  };

  for (guint i = 0; i < N; i++)
    samples[i] = number + i;
  return recording_ring_push (ring, &block, samples, patience);
}

static RecordingRingResult
push_silence (RecordingRing * ring, guint channel, guint64 time,
    guint64 duration)
{
  RecordingBlock block = {
    .time = time,
    .duration = duration,
    .channel = channel,
    .flags = RECORDING_BLOCK_SILENT,
  };

  return recording_ring_push (ring, &block, NULL, 0);
}

/* Returns the flags. */
static guint
expect (RecordingRing * ring, guint channel, guint number)
{
  const gint16 *samples;
  const RecordingBlock *block = recording_ring_peek (ring, &samples);
  guint flags;

  g_assert_nonnull (block);
  g_assert_cmpuint (block->channel, ==, channel);
  g_assert_cmpuint (block->time, ==, number * 10 * MS);
  g_assert_cmpuint (block->n, ==, N);
  for (guint i = 0; i < N; i++)
    g_assert_cmpint (samples[i], ==, number + i);
  flags = block->flags;
  recording_ring_pop (ring);
  return flags;
}

static void
order_is_kept_over_the_end (void)
{
  RecordingRing *ring = recording_ring_new (5 * RECORD + 40);
  const gint16 *samples;
  guint in = 0, out = 0;

  /* Never empty, so that it wraps at every possible place. */
  for (guint round = 0; round < 200; round++) {
    while (in - out < 1 + round % 4) {
      g_assert_cmpint (push (ring, in % 2, in, 0), ==, RECORDING_RING_TAKEN);
      in++;
    }
    while (in - out > 1) {
      expect (ring, out % 2, out);
      out++;
    }
  }
  expect (ring, out % 2, out);
  g_assert_null (recording_ring_peek (ring, &samples));
  recording_ring_free (ring);
}

static void
blocks_of_any_size (void)
{
  RecordingRing *ring = recording_ring_new (2 * RECORD);
  GRand *random = g_rand_new_with_seed (1);
  gint16 samples[2 * N] = { 0 };
  guint in = 0, out = 0;

  for (guint i = 0; i < 5000; i++) {
    RecordingBlock block = {
      .time = in,
      .n = g_rand_int_range (random, 1, N),
      .rate = 16000,
    };
    const RecordingBlock *read;
    const gint16 *from;

    samples[block.n - 1] = block.n;
    if (recording_ring_push (ring, &block, samples, 0) == RECORDING_RING_TAKEN)
      in++;
    if (in - out < 2 && g_rand_boolean (random))
      continue;
    read = recording_ring_peek (ring, &from);
    if (!read)
      continue;
    g_assert_cmpuint (read->time, ==, out++);
    g_assert_cmpint (from[read->n - 1], ==, read->n);
    recording_ring_pop (ring);
  }
  g_assert_cmpuint (out, >, 1000);
  g_rand_free (random);
  recording_ring_free (ring);
}

static void
overflow_is_counted (void)
{
  RecordingRing *ring = recording_ring_new (3 * RECORD);
  guint64 overflows, lost;

  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (push (ring, 0, i, 0), ==, RECORDING_RING_TAKEN);
  g_assert_cmpint (push (ring, 0, 3, 0), ==, RECORDING_RING_OVERFLOW);
  g_assert_cmpint (push (ring, 0, 4, 0), ==, RECORDING_RING_LOST);
  g_assert_cmpint (push (ring, 1, 4, 0), ==, RECORDING_RING_OVERFLOW);
  recording_ring_get_losses (ring, &overflows, &lost);
  g_assert_cmpuint (overflows, ==, 2);
  g_assert_cmpuint (lost, ==, 30 * MS);

  /* What comes next is not taken for the continuation. */
  expect (ring, 0, 0);
  g_assert_cmpint (push (ring, 0, 5, 0), ==, RECORDING_RING_TAKEN);
  expect (ring, 0, 1);
  g_assert_cmpint (push (ring, 0, 6, 0), ==, RECORDING_RING_TAKEN);
  g_assert_cmpuint (expect (ring, 0, 2), ==, 0);
  g_assert_cmpuint (expect (ring, 0, 5), ==, RECORDING_BLOCK_DISCONT);
  g_assert_cmpuint (expect (ring, 0, 6), ==, 0);
  recording_ring_free (ring);
}

static void
block_larger_than_the_ring (void)
{
  RecordingRing *ring = recording_ring_new (RECORD - 8);

  g_assert_cmpint (push (ring, 0, 0, 0), ==, RECORDING_RING_OVERFLOW);
  recording_ring_free (ring);
}

static void
closed_ring_ends (void)
{
  RecordingRing *ring = recording_ring_new (3 * RECORD);
  guint64 overflows, lost;

  push (ring, 0, 0, 0);
  recording_ring_close (ring);
  g_assert_cmpint (push (ring, 0, 1, 0), ==, RECORDING_RING_CLOSED);
  g_assert_cmpuint (recording_ring_wait (ring, FOREVER), ==, 1);
  expect (ring, 0, 0);
  g_assert_cmpuint (recording_ring_wait (ring, FOREVER), ==, 0);
  recording_ring_get_losses (ring, &overflows, &lost);
  g_assert_cmpuint (overflows, ==, 0);
  recording_ring_free (ring);
}

static void
span_and_newest (void)
{
  RecordingRing *ring = recording_ring_new (100 * RECORD);

  g_assert_cmpuint (recording_ring_get_span (ring), ==, 0);
  push (ring, 0, 20, 0);
  g_assert_cmpuint (recording_ring_get_span (ring), ==, 10 * MS);
  push (ring, 1, 50, 0);
  g_assert_cmpuint (recording_ring_get_span (ring), ==, 310 * MS);
  push_silence (ring, 1, 900 * MS, 100 * MS);
  g_assert_cmpuint (recording_ring_get_span (ring), ==, 800 * MS);
  g_assert_cmpuint (recording_ring_get_newest (ring), ==, 1000 * MS);
  /* Timestamps that stand still. */
  for (guint i = 0; i < 90; i++)
    push (ring, 0, 20, 0);
  g_assert_cmpuint (recording_ring_get_span (ring), ==, 910 * MS);
  recording_ring_free (ring);
}

static gpointer
push_thousand (gpointer data)
{
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpint (push (data, 0, i, FOREVER), ==, RECORDING_RING_TAKEN);
  recording_ring_close (data);
  return NULL;
}

static void
patient_caller_loses_nothing (void)
{
  RecordingRing *ring = recording_ring_new (1000 * RECORD);
  GThread *thread = g_thread_new ("push", push_thousand, ring);
  guint n = 0;

  /* The interval does not end: only the waiting caller wakes the reader. */
  while (recording_ring_wait (ring, FOREVER)) {
    const gint16 *samples;
    guint batch = 0;

    while (recording_ring_peek (ring, &samples)) {
      expect (ring, 0, n++);
      batch++;
    }
    g_assert_cmpuint (batch, >, 0);
  }
  g_assert_cmpuint (n, ==, 1000);
  g_thread_join (thread);
  recording_ring_free (ring);
}

static void
patience_keeps_near_the_reader (void)
{
  RecordingRing *ring = recording_ring_new (1000 * RECORD);
  const guint ahead = RECORDING_RING_AHEAD / (10 * MS);

  push (ring, 0, 0, 0);
  g_assert_cmpuint (recording_ring_wait (ring, 0), ==, 1);
  for (guint i = 1; i < ahead; i++)
    g_assert_cmpint (push (ring, 0, i, FOREVER), ==, RECORDING_RING_TAKEN);
  /* The other channel has its own measure. */
  g_assert_cmpint (push (ring, 1, 0, FOREVER), ==, RECORDING_RING_TAKEN);
  /* Nobody reads: the patience ends, and is not tried again. */
  g_assert_cmpint (push (ring, 0, ahead, 1), ==, RECORDING_RING_TAKEN);
  g_assert_cmpint (push (ring, 0, ahead + 1, FOREVER), ==,
      RECORDING_RING_TAKEN);
  recording_ring_free (ring);
}

static gpointer
push_until_closed (gpointer data)
{
  guint i = 0;

  while (push (data, 0, i, FOREVER) == RECORDING_RING_TAKEN)
    i++;
  return GUINT_TO_POINTER (i);
}

static void
closing_wakes_a_waiting_caller (void)
{
  RecordingRing *ring = recording_ring_new (3 * RECORD);
  GThread *thread = g_thread_new ("push", push_until_closed, ring);

  g_assert_cmpuint (recording_ring_wait (ring, FOREVER), >, 0);
  recording_ring_close (ring);
  g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (thread)), <=, 3);
  recording_ring_free (ring);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ring/order", order_is_kept_over_the_end);
  g_test_add_func ("/ring/sizes", blocks_of_any_size);
  g_test_add_func ("/ring/overflow", overflow_is_counted);
  g_test_add_func ("/ring/too-large", block_larger_than_the_ring);
  g_test_add_func ("/ring/closed", closed_ring_ends);
  g_test_add_func ("/ring/span", span_and_newest);
  g_test_add_func ("/ring/patient", patient_caller_loses_nothing);
  g_test_add_func ("/ring/ahead", patience_keeps_near_the_reader);
  g_test_add_func ("/ring/close-wakes", closing_wakes_a_waiting_caller);
  return g_test_run ();
}
