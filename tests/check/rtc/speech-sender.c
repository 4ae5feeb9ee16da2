/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is sent for what is said: frames, timestamps, levels, rests.
 */
#include <math.h>
#include <speech-sender.h>
#include <string.h>

#define MAX_PACKETS 512
#define RATE 16000
#define FRAME (RATE / 50)
#define TICKS 960

typedef struct
{
  SpeechSender *sender;
  SpeechPacket packets[MAX_PACKETS];    /* without their payload */
  guint n;
} Fixture;

static void
note (gpointer data, const SpeechPacket * packet)
{
  Fixture *f = data;

  g_assert_cmpuint (f->n, <, MAX_PACKETS);
  g_assert_cmpuint (opus_packet_duration (packet->payload, packet->size), ==,
      TICKS);
  f->packets[f->n] = *packet;
  f->packets[f->n++].payload = NULL;
}

static void
set_up (Fixture * f, gboolean dtx)
{
  OpusSpeechSettings settings = {.rate = RATE,.bitrate = 24000,
    .complexity = 5,.fec = TRUE,.dtx = dtx
  };

  memset (f, 0, sizeof *f);
  f->sender = speech_sender_new (&settings, note, f, NULL);
  g_assert_nonnull (f->sender);
}

static void
say (Fixture * f, guint n, gdouble amplitude)
{
  gint16 *samples = g_new (gint16, n);

  for (guint i = 0; i < n; i++)
    samples[i] = amplitude * sin (2 * G_PI * 440 * i / RATE);
  speech_sender_push (f->sender, samples, n);
  g_free (samples);
}

/* Portions of any size become frames of 20 ms, each with its time. */
static void
frames (void)
{
  static const guint portions[] = { 1, FRAME - 1, 7, 3 * FRAME, 441, FRAME };
  guint sum = 0;
  Fixture f;

  set_up (&f, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (portions); i++) {
    say (&f, portions[i], 8000);
    sum += portions[i];
    g_assert_cmpuint (f.n, ==, sum / FRAME);
  }
  for (guint i = 0; i < f.n; i++) {
    g_assert_cmpuint (f.packets[i].timestamp, ==, i * TICKS);
    g_assert_cmpint (f.packets[i].marker, ==, i == 0);
  }
  /* The end of it is filled up. */
  speech_sender_skip (f.sender, 0);
  g_assert_cmpuint (f.n, ==, sum / FRAME + 1);
  speech_sender_skip (f.sender, 0);
  g_assert_cmpuint (f.n, ==, sum / FRAME + 1);
  speech_sender_free (f.sender);
}

/* A sine's root mean square is 3 dB below its peak. */
static void
levels (void)
{
  Fixture f;

  set_up (&f, FALSE);
  say (&f, FRAME, 32767);
  say (&f, FRAME, 3276.7);
  say (&f, FRAME, 33);
  say (&f, FRAME, 0);
  g_assert_cmpuint (f.packets[0].level, ==, 3);
  g_assert_cmpuint (f.packets[1].level, ==, 23);
  g_assert_true (f.packets[1].voice);
  g_assert_cmpuint (f.packets[2].level, >, 60);
  g_assert_false (f.packets[2].voice);
  g_assert_cmpuint (f.packets[3].level, ==, 127);
  g_assert_false (f.packets[3].voice);
  speech_sender_free (f.sender);
}

/* Time in which nothing was given is time in which nothing was said. */
static void
skips (void)
{
  Fixture f;

  set_up (&f, FALSE);
  say (&f, FRAME + FRAME / 2, 8000);
  /* Half a frame is filled up and the rest of 100 ms left out. */
  speech_sender_skip (f.sender, 100000000);
  say (&f, FRAME, 8000);
  g_assert_cmpuint (f.n, ==, 3);
  g_assert_cmpuint (f.packets[1].timestamp, ==, TICKS);
  g_assert_false (f.packets[1].marker);
  g_assert_cmpuint (f.packets[2].timestamp, ==, TICKS * 3 / 2 + 4800);
  g_assert_true (f.packets[2].marker);
  speech_sender_free (f.sender);
}

/* With DTX: little in a pause, and a mark behind it. */
static void
rests (void)
{
  guint before, during;
  Fixture f;

  set_up (&f, TRUE);
  say (&f, 25 * FRAME, 8000);
  before = f.n;
  g_assert_cmpuint (before, ==, 25);
  say (&f, 200 * FRAME, 0);
  during = f.n - before;
  g_test_message ("%u packets in 4 s of silence", during);
  /* Opus waits 200 ms, then there is one each 400 ms. */
  g_assert_cmpuint (during, >=, 10);
  g_assert_cmpuint (during, <=, 40);
  g_assert_cmpuint (f.packets[f.n - 1].timestamp
      - f.packets[f.n - 2].timestamp, ==, 20 * TICKS);
  before = f.n;
  say (&f, 25 * FRAME, 8000);
  g_assert_cmpuint (f.n - before, ==, 25);
  g_assert_true (f.packets[before].marker);
  g_assert_cmpuint (f.packets[before].timestamp, ==, 225 * TICKS);
  g_assert_false (f.packets[before + 1].marker);
  speech_sender_free (f.sender);
}

static void
refusal (void)
{
  OpusSpeechSettings settings = {.rate = 44100,.bitrate = 24000 };
  GError *error = NULL;

  g_assert_null (speech_sender_new (&settings, note, NULL, &error));
  g_assert_nonnull (error);
  g_error_free (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speech-sender/frames", frames);
  g_test_add_func ("/speech-sender/levels", levels);
  g_test_add_func ("/speech-sender/skips", skips);
  g_test_add_func ("/speech-sender/rests", rests);
  g_test_add_func ("/speech-sender/refusal", refusal);
  return g_test_run ();
}
