/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Several voices at once, in virtual time: who is heard is told by how loud
 * tones of different pitch are.
 */
#include <math.h>
#include <opus-codec.h>
#include <speech-mixer.h>
#include <string.h>

#define MS G_GINT64_CONSTANT (1000000)
#define RATE 16000
#define FRAME (RATE / 50)
#define VOICES 3

typedef struct
{
  SpeechMixer *mixer;
  OpusSpeechEncoder *encoders[VOICES];
  guint n;                      /* frames so far */
  gint64 now;
  gdouble power[VOICES];        /* in the last frame */
  gboolean sound;
} Fixture;

static const gchar *const names[] = { "anna", "ben", "cleo" };
static const guint pitches[] = { 300, 500, 900 };

static void
set_up (Fixture * f)
{
  OpusSpeechSettings settings = {.rate = RATE,.bitrate = 32000,
    .complexity = 5
  };

  memset (f, 0, sizeof *f);
  f->mixer = speech_mixer_new (RATE, 40 * MS, 60 * MS, 300 * MS);
  for (guint i = 0; i < VOICES; i++)
    f->encoders[i] = opus_speech_encoder_new (&settings, NULL);
  f->now = 1000 * MS;
}

static void
tear_down (Fixture * f)
{
  speech_mixer_free (f->mixer);
  for (guint i = 0; i < VOICES; i++)
    opus_speech_encoder_free (f->encoders[i]);
}

static void
speak (Fixture * f, guint voice, gdouble amplitude)
{
  guint8 payload[OPUS_CODEC_MAX_PACKET];
  RtpPacket packet = {.ssrc = voice + 1,.sequence = f->n,
    .timestamp = f->n * 960,.payload = payload
  };
  gint16 samples[FRAME];

  for (guint i = 0; i < FRAME; i++)
    samples[i] = amplitude * sin (2 * G_PI * pitches[voice]
        * (f->n * FRAME + i) / RATE);
  packet.payload_size = opus_speech_encoder_encode (f->encoders[voice],
      samples, FRAME, payload, sizeof payload);
  speech_mixer_push (f->mixer, names[voice], &packet, f->now);
}

static gdouble
power (const gint16 * samples, guint pitch)
{
  gdouble re = 0, im = 0;

  for (guint i = 0; i < FRAME; i++) {
    re += samples[i] * cos (2 * G_PI * pitch * i / RATE);
    im += samples[i] * sin (2 * G_PI * pitch * i / RATE);
  }
  return 2 * sqrt (re * re + im * im) / FRAME;
}

/* The voices in @who speak for so many frames. */
static void
talk (Fixture * f, const gchar * who, guint frames, gdouble amplitude)
{
  gint16 samples[FRAME];

  for (guint i = 0; i < frames; i++) {
    for (const gchar * c = who; *c; c++)
      speak (f, *c - 'a', amplitude);
    f->sound = speech_mixer_pull (f->mixer, f->now, samples, FRAME);
    f->n++;
    f->now += 20 * MS;
  }
  for (guint v = 0; v < VOICES; v++)
    f->power[v] = power (samples, pitches[v]);
}

static void
together (void)
{
  SpeechReceiverStats stats;
  Fixture f;

  set_up (&f);
  talk (&f, "", 5, 0);
  g_assert_false (f.sound);
  talk (&f, "a", 20, 5000);
  g_assert_cmpfloat (f.power[0], >, 3000);
  g_assert_cmpfloat (f.power[1], <, 500);
  talk (&f, "ab", 20, 5000);
  g_assert_cmpfloat (f.power[0], >, 3000);
  g_assert_cmpfloat (f.power[1], >, 3000);
  g_assert_cmpfloat (f.power[2], <, 500);
  g_assert_cmpuint (speech_mixer_get_stats (f.mixer, &stats), ==, 2);
  g_assert_cmpuint (stats.jitter.received, ==, 60);
  speech_mixer_remove (f.mixer, "anna");
  talk (&f, "bc", 20, 5000);
  g_assert_cmpfloat (f.power[0], <, 500);
  g_assert_cmpfloat (f.power[2], >, 3000);
  /* What has been counted stays. */
  g_assert_cmpuint (speech_mixer_get_stats (f.mixer, &stats), ==, 2);
  g_assert_cmpuint (stats.jitter.received, ==, 100);
  tear_down (&f);
}

/* Too loud together: no wrapping around. */
static void
clipping (void)
{
  gint16 samples[FRAME];
  Fixture f;

  set_up (&f);
  talk (&f, "abc", 20, 30000);
  g_assert_cmpfloat (f.power[0], >, 10000);
  speech_mixer_pull (f.mixer, f.now, samples, FRAME);
  for (guint i = 1; i < FRAME; i++)
    g_assert_cmpint (ABS (samples[i] - samples[i - 1]), <, 45000);
  tear_down (&f);
}

/* Who pulls is told a better moment: when the piece is due. */
static void
moment (void)
{
  gint64 next, due;
  Fixture f;

  set_up (&f);
  next = f.now;
  g_assert_cmpint (speech_mixer_wake (f.mixer, next, 20 * MS), ==, next);
  f.now += 3 * MS;
  speak (&f, 0, 5000);
  due = f.now + 40 * MS;
  g_assert_cmpint (speech_mixer_wake (f.mixer, next, 20 * MS), ==, next);
  next += 20 * MS;
  g_assert_cmpint (speech_mixer_wake (f.mixer, next, 20 * MS), ==, next);
  next += 20 * MS;
  g_assert_cmpint (speech_mixer_wake (f.mixer, next, 20 * MS), ==, due);
  speak (&f, 1, 5000);
  g_assert_cmpint (speech_mixer_wake (f.mixer, next, 20 * MS), ==, next);
  tear_down (&f);
}

static void
crowd (void)
{
  guint8 payload[] = { 0xf8, 0xff, 0xfe };
  RtpPacket packet = {.payload = payload,.payload_size = sizeof payload };
  SpeechReceiverStats stats;
  Fixture f;

  set_up (&f);
  for (guint i = 0; i < 2 * SPEECH_MIXER_MAX; i++) {
    gchar *name = g_strdup_printf ("voice-%u", i);

    speech_mixer_push (f.mixer, name, &packet, f.now);
    g_free (name);
  }
  g_assert_cmpuint (speech_mixer_get_stats (f.mixer, &stats), ==,
      SPEECH_MIXER_MAX);
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speech-mixer/together", together);
  g_test_add_func ("/speech-mixer/clipping", clipping);
  g_test_add_func ("/speech-mixer/moment", moment);
  g_test_add_func ("/speech-mixer/crowd", crowd);
  return g_test_run ();
}
