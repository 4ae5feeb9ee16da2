/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A voice that is a tone, through Opus and a network in virtual time, asked
 * for in frames of 20 ms.
 */
#include <math.h>
#include <opus-codec.h>
#include <speech-receiver.h>
#include <string.h>

#define MS G_GINT64_CONSTANT (1000000)
#define RATE 16000
#define FRAME (RATE / 50)
#define START (1000 * MS)
#define HZ 440

typedef struct
{
  SpeechReceiver *receiver;
  OpusSpeechEncoder *encoder;
  guint sequence, sent;         /* packets, frames */
  guint32 ssrc;
  gint64 now;
  guint silent, loud, asked;    /* frames */
  guint holes;                  /* quiet frames among loud ones */
  guint odd;                    /* loud ones that are not the tone */
} Fixture;

static void
set_up (Fixture * f)
{
  OpusSpeechSettings settings = {.rate = RATE,.bitrate = 32000,
    .complexity = 5,.fec = TRUE
  };

  memset (f, 0, sizeof *f);
  f->receiver = speech_receiver_new (RATE, 40 * MS, 60 * MS, 300 * MS, NULL);
  f->encoder = opus_speech_encoder_new (&settings, NULL);
  opus_speech_encoder_set_loss (f->encoder, 0.2);
  f->ssrc = 7;
  f->now = START;
}

static void
tear_down (Fixture * f)
{
  speech_receiver_free (f->receiver);
  opus_speech_encoder_free (f->encoder);
}

/* The next 20 ms of the tone; lost or not, time goes on. */
static void
speak (Fixture * f, gboolean lost)
{
  gint16 samples[FRAME];
  guint8 payload[OPUS_CODEC_MAX_PACKET];
  RtpPacket packet = { 0 };

  for (guint i = 0; i < FRAME; i++)
    samples[i] = 8000 * sin (2 * G_PI * HZ * (f->sent * FRAME + i) / RATE);
  packet.payload_size = opus_speech_encoder_encode (f->encoder, samples, FRAME,
      payload, sizeof payload);
  packet.payload = payload;
  packet.ssrc = f->ssrc;
  packet.sequence = 65530 + f->sequence++;
  packet.timestamp = 4294960000u + f->sent++ * 960;
  if (!lost)
    speech_receiver_push (f->receiver, &packet, f->now);
}

/* How loud the tone is, by Goertzel's algorithm; and how loud all is. */
static gdouble
tone (const gint16 * samples, guint n, gdouble * all)
{
  gdouble a = 0, b = 0, w = 2 * cos (2 * G_PI * HZ / RATE);

  *all = 1;
  for (guint i = 0; i < n; i++) {
    gdouble c = samples[i] + w * a - b;

    *all += (gdouble) samples[i] * samples[i];
    b = a;
    a = c;
  }
  return (a * a + b * b - w * a * b) * 2 / n;
}

static void
listen (Fixture * f)
{
  gint16 samples[FRAME];
  gboolean sound = speech_receiver_pull (f->receiver, f->now, samples, FRAME);
  gdouble all, loud = tone (samples, FRAME, &all);

  f->asked++;
  if (!sound) {
    for (guint i = 0; i < FRAME; i++)
      g_assert_cmpint (samples[i], ==, 0);
    f->silent++;
  } else if (all > 1e8) {
    f->loud++;
    f->odd += loud / all < 0.7;
  } else if (f->loud > 0) {
    f->holes++;
  }
}

/* So many frames of speech and asking, the asking a bit behind. */
static void
talk (Fixture * f, guint n, const gchar * lost)
{
  for (guint i = 0; i < n; i++) {
    speak (f, lost && lost[i % strlen (lost)] == 'x');
    f->now += 7 * MS;
    listen (f);
    f->now += 13 * MS;
  }
}

static void
clean (void)
{
  SpeechReceiverStats stats;
  Fixture f;

  set_up (&f);
  g_assert_cmpint (speech_receiver_deadline (f.receiver), ==, -1);
  talk (&f, 200, NULL);
  speech_receiver_get_stats (f.receiver, &stats);
  /* Silence until the delay is over, then every frame. */
  g_assert_cmpuint (f.silent, ==, 2);
  g_assert_cmpuint (f.loud, >=, 197);
  g_assert_cmpuint (f.odd, <=, 1);
  g_assert_cmpuint (f.holes, ==, 0);
  g_assert_cmpuint (stats.jitter.lost, ==, 0);
  g_assert_cmpuint (stats.cut + stats.lacking + stats.damaged, ==, 0);
  g_assert_cmpint (stats.jitter.delay, >=, 40 * MS);
  g_assert_cmpint (stats.jitter.delay, <=, 60 * MS);
  tear_down (&f);
}

/* One lost in ten comes back by the packet after it, or by a guess. */
static void
losses (void)
{
  SpeechReceiverStats stats;
  Fixture f;

  set_up (&f);
  talk (&f, 200, ".....x....");
  speech_receiver_get_stats (f.receiver, &stats);
  g_assert_cmpuint (stats.jitter.lost, ==, 20);
  g_assert_cmpuint (stats.jitter.fec, >, 0);
  g_assert_cmpuint (stats.jitter.fec + stats.jitter.concealed, >=, 20);
  g_assert_cmpuint (f.holes, ==, 0);
  g_assert_cmpuint (f.loud, >=, 190);
  g_assert_cmpuint (f.odd, <=, 20);
  tear_down (&f);
}

/* The speaker is mute for a second, leaves and comes again with another
 * source: silence, and then the tone. */
static void
pauses (void)
{
  guint loud, silent;
  Fixture f;

  set_up (&f);
  talk (&f, 50, NULL);
  loud = f.loud;
  for (guint i = 0; i < 50; i++) {
    f.sent++;
    listen (&f);
    f.now += 20 * MS;
  }
  silent = f.silent;
  g_assert_cmpuint (silent, >=, 35);
  f.holes = 0;
  talk (&f, 50, NULL);
  g_assert_cmpuint (f.loud, >=, loud + 45);
  f.ssrc = 8;
  f.sequence = 300;
  loud = f.loud;
  talk (&f, 50, NULL);
  g_assert_cmpuint (f.loud, >=, loud + 45);
  tear_down (&f);
}

/* Whoever asks is a little slower, or faster, than time: nothing piles up. */
static void
drift (gconstpointer step)
{
  gint64 ask = GPOINTER_TO_INT (step) * MS / 1000, asked = 0;
  SpeechReceiverStats stats;
  Fixture f;

  set_up (&f);
  for (guint i = 0; i < 3000; i++) {
    speak (&f, FALSE);
    f.now += 20 * MS;
    for (; asked <= f.now - START; asked += ask) {
      gint64 now = f.now;

      f.now = START + asked;
      listen (&f);
      f.now = now;
    }
  }
  speech_receiver_get_stats (f.receiver, &stats);
  g_test_message ("cut %u, lacking %u of %u", (guint) stats.cut,
      (guint) stats.lacking, f.asked * FRAME);
  /* 60 s at 1 per cent: 0.6 s of difference. */
  if (ask > 20 * MS)
    g_assert_cmpuint (stats.cut, >, RATE / 3);
  else
    g_assert_cmpuint (stats.lacking, >, RATE / 3);
  g_assert_cmpuint (stats.cut + stats.lacking, <, RATE);
  g_assert_cmpuint (f.loud, >, f.asked * 9 / 10);
  tear_down (&f);
}

/* Opus with nothing in it, nonsense, too much: no crash, and speech goes on. */
static void
nonsense (void)
{
  guint8 bytes[2000];
  SpeechReceiverStats stats;
  Fixture f;

  set_up (&f);
  memset (bytes, 0xff, sizeof bytes);
  for (guint size = 0; size < sizeof bytes; size += 37) {
    RtpPacket packet = {.ssrc = 7,.sequence = 65530 + f.sequence++,
      .timestamp = 4294960000u + f.sent++ * 960,.payload = bytes,
      .payload_size = size
    };

    bytes[0] = size;
    speech_receiver_push (f.receiver, &packet, f.now);
    listen (&f);
    f.now += 20 * MS;
  }
  f.loud = f.holes = 0;
  talk (&f, 50, NULL);
  speech_receiver_get_stats (f.receiver, &stats);
  g_assert_cmpuint (stats.jitter.refused, >, 0);
  g_assert_cmpuint (f.loud, >=, 40);
  g_assert_null (speech_receiver_new (44100, 0, 0, 0, NULL));
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speech-receiver/clean", clean);
  g_test_add_func ("/speech-receiver/losses", losses);
  g_test_add_func ("/speech-receiver/pauses", pauses);
  g_test_add_data_func ("/speech-receiver/drift/slow",
      GINT_TO_POINTER (20200), drift);
  g_test_add_data_func ("/speech-receiver/drift/fast",
      GINT_TO_POINTER (19800), drift);
  g_test_add_func ("/speech-receiver/nonsense", nonsense);
  return g_test_run ();
}
