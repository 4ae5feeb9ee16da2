/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element vad: the sound passes, events have the right times, whatever
 * the stream does.
 */
#include "../doc-line.h"
#include "resampler.h"
#include "vad-signal.h"

#include <gst-voice/events.h>
#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>
#include <glib/gstdio.h>
#include <math.h>

#define SPEECH "/usr/share/pocketsphinx/test/data/goforward.raw"
#define SPEECH_RATE 16000

typedef struct
{
  GstHarness *h;
  GstBus *bus;
  gint rate;
  GstClockTime now;             /* PTS of the next buffer */
} Fixture;

typedef struct
{
  gint16 *pcm;
  gsize n;
} Sound;

static gchar *
caps_of (gint rate)
{
  return g_strdup_printf ("audio/x-raw,format=" GST_AUDIO_NE (S16)
      ",layout=interleaved,channels=1,rate=%d", rate);
}

static void
set_rate (Fixture * f, gint rate)
{
  gchar *caps = caps_of (rate);

  f->rate = rate;
  gst_harness_set_src_caps_str (f->h, caps);
  g_free (caps);
}

static void
set_up (Fixture * f, gint rate)
{
  f->h = gst_harness_new ("vad");
  f->bus = gst_bus_new ();
  f->now = 0;
  gst_element_set_bus (f->h->element, f->bus);
  set_rate (f, rate);
}

/* The vowel of the test signal is not quite speech. */
static void
set_up_easy (Fixture * f, gint rate)
{
  set_up (f, rate);
  g_object_set (f->h->element, "start", .5, "stop", .4, "level-control",
      FALSE, NULL);
}

static void
tear_down (Fixture * f)
{
  gst_element_set_bus (f->h->element, NULL);
  gst_harness_teardown (f->h);
  gst_bus_set_flushing (f->bus, TRUE);
  gst_object_unref (f->bus);
}

static void
sound_free (Sound * sound)
{
  g_free (sound->pcm);
  sound->pcm = NULL;
}

static Sound
resampled (const gint16 * pcm, gsize n, gint from, gint to, gdouble gain)
{
  Resampler *resampler = resampler_new (from, to);
  Sound sound = { g_new (gint16, n * to / from + 16), 0 };
  gfloat out[RESAMPLER_OUT_MAX];

  for (gsize i = 0; i < n; i++) {
    gsize made = resampler_push (resampler, pcm[i] * gain, out);

    for (gsize k = 0; k < made; k++)
      sound.pcm[sound.n++] = CLAMP (lrintf (out[k]), G_MININT16, G_MAXINT16);
  }
  resampler_free (resampler);
  return sound;
}

/* The vowel: from 0.5 to 1.5 s, then half a second of quiet. */
static Sound
vowel_at (gint rate)
{
  static gint16 pcm[VAD_SIGNAL_SAMPLES];

  vad_signal (pcm);
  return resampled (pcm, 4 * VAD_SIGNAL_PART, 8000, rate, 1.);
}

/* "Go forward ten meters", a man. */
static gboolean
human (gint rate, gdouble gain, Sound * sound)
{
  gchar *data;
  gsize size;

  if (!g_file_get_contents (SPEECH, &data, &size, NULL)) {
    g_test_skip ("pocketsphinx-testdata is not installed");
    return FALSE;
  }
  *sound = resampled ((gint16 *) (gpointer) data, size / 2, SPEECH_RATE, rate,
      gain);
  g_free (data);
  return TRUE;
}

static GstBuffer *
buffer_of (Fixture * f, const gint16 * pcm, gsize n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 2 * n, NULL);

  if (pcm)
    gst_buffer_fill (buffer, 0, pcm, 2 * n);
  else
    gst_buffer_memset (buffer, 0, 0, 2 * n);
  GST_BUFFER_PTS (buffer) = f->now;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_round (n, GST_SECOND,
      f->rate);
  f->now += GST_BUFFER_DURATION (buffer);
  return buffer;
}

static void
play (Fixture * f, const gint16 * pcm, gsize n)
{
  gsize step = f->rate / 50;

  for (gsize i = 0; i < n; i += step)
    g_assert_cmpint (gst_harness_push (f->h, buffer_of (f, pcm ? pcm + i :
                NULL, MIN (step, n - i))), ==, GST_FLOW_OK);
}

/* In the middle of it: 850 ms. */
#define CUT (850 * GST_MSECOND)

static void
play_to_cut (Fixture * f, const Sound * sound)
{
  play (f, sound->pcm, gst_util_uint64_scale (CUT, f->rate, GST_SECOND));
}

static void
play_silence (Fixture * f, gint ms)
{
  play (f, NULL, (gsize) f->rate * ms / 1000);
}

/* The next voice event that comes out, as "speech-start" and its two times;
 * NULL if there is none. */
static const gchar *
next_event (Fixture * f, GstClockTime * at, GstClockTime * when)
{
  static const gchar *const names[] = { "speech-start", "speech-pause",
    "speech-more", "speech-stop"
  };
  GstEvent *event;

  while ((event = gst_harness_try_pull_event (f->h))) {
    const GstStructure *s = gst_voice_event_parse (event);
    const gchar *name = NULL;

    for (guint i = 0; s && i < G_N_ELEMENTS (names); i++) {
      if (!gst_voice_event_is (event, names[i]))
        continue;
      name = names[i];
      g_assert_cmpint (GST_EVENT_TYPE (event), ==,
          GST_EVENT_CUSTOM_DOWNSTREAM_OOB);
      *at = gst_voice_structure_time (s, "running-time");
      *when = gst_voice_structure_time (s, i % 2 ? "end" : "onset");
    }
    gst_event_unref (event);
    if (name)
      return name;
  }
  return NULL;
}

static void
expect (Fixture * f, const gchar * name, GstClockTime * at, GstClockTime * when)
{
  g_assert_cmpstr (next_event (f, at, when), ==, name);
  g_assert_cmpuint (*when, <=, *at);
}

static void
expect_nothing (Fixture * f)
{
  GstClockTime at, when;

  g_assert_cmpstr (next_event (f, &at, &when), ==, NULL);
}

static void
assert_near (GstClockTime time, GstClockTime expected, guint ms)
{
  g_assert_cmpint (ABS (GST_CLOCK_DIFF (time, expected)), <=, ms * GST_MSECOND);
}

static void
sound_passes_with_its_level (void)
{
  Sound sound = vowel_at (16000);
  guint voiced = 0, n = 0;
  GstBuffer *buffer;
  Fixture f;

  set_up_easy (&f, 16000);
  play (&f, sound.pcm, sound.n);
  g_assert_cmpuint (gst_harness_query_latency (f.h), ==, 0);
  for (gsize at = 0; (buffer = gst_harness_try_pull (f.h)); n++) {
    GstAudioLevelMeta *meta = gst_buffer_get_audio_level_meta (buffer);
    gsize size = gst_buffer_get_size (buffer);

    g_assert_cmpint (gst_buffer_memcmp (buffer, 0, sound.pcm + at, size), ==,
        0);
    g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, n * 20 * GST_MSECOND);
    g_assert_nonnull (meta);
    g_assert_cmpuint (meta->level, <=, 127);
    voiced += meta->voice_activity;
    at += size / 2;
    gst_buffer_unref (buffer);
  }
  g_assert_cmpuint (n, ==, 100);
  g_assert_cmpuint (voiced, >, 20);
  g_assert_cmpuint (voiced, <, 80);
  tear_down (&f);
  sound_free (&sound);
}

static void
level_is_that_of_rfc_6464 (void)
{
  static const struct
  {
    gint16 sample;
    guint8 level;
  } rows[] = { {G_MININT16, 0}, {16384, 6}, {3277, 20}, {1, 90}, {0, 127} };
  gint16 pcm[160];
  Fixture f;

  set_up (&f, 8000);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GstBuffer *buffer;

    for (guint k = 0; k < G_N_ELEMENTS (pcm); k++)
      pcm[k] = rows[i].sample;
    buffer = buffer_of (&f, pcm, G_N_ELEMENTS (pcm));
    /* What was there before is replaced. */
    gst_buffer_add_audio_level_meta (buffer, 42, TRUE);
    gst_harness_push (f.h, buffer);
    buffer = gst_harness_pull (f.h);
    g_assert_cmpuint (gst_buffer_get_audio_level_meta (buffer)->level, ==,
        rows[i].level);
    g_assert_cmpuint (gst_buffer_get_n_meta (buffer,
            GST_AUDIO_LEVEL_META_API_TYPE), ==, 1);
    gst_buffer_unref (buffer);
  }
  tear_down (&f);
}

static void
every_rate (void)
{
  static const gint rates[] = { 8000, 11025, 12000, 16000, 24000, 32000,
    44100, 48000
  };
  GstClockTime at, onset, end, pause;

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    Sound sound = vowel_at (rates[i]);
    Fixture f;

    set_up_easy (&f, rates[i]);
    play (&f, sound.pcm, sound.n);
    expect (&f, "speech-start", &at, &onset);
    assert_near (onset, 500 * GST_MSECOND, 40);
    assert_near (at, onset + 60 * GST_MSECOND, 15);
    expect (&f, "speech-pause", &at, &pause);
    assert_near (at, pause + 140 * GST_MSECOND, 15);
    expect (&f, "speech-stop", &at, &end);
    g_assert_cmpuint (end, ==, pause);
    assert_near (at, end + 480 * GST_MSECOND, 15);
    expect_nothing (&f);
    tear_down (&f);
    sound_free (&sound);
  }
}

/* Running time, and not what buffers are stamped with. */
static void
segment_is_heeded (void)
{
  Sound sound = vowel_at (8000);
  GstClockTime at, when;
  GstSegment segment;
  Fixture f;

  set_up_easy (&f, 8000);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = 100 * GST_SECOND;
  segment.base = 7 * GST_SECOND;
  segment.time = 30 * GST_SECOND;
  gst_harness_push_event (f.h, gst_event_new_segment (&segment));
  f.now = 100 * GST_SECOND;
  play (&f, sound.pcm, sound.n);
  expect (&f, "speech-start", &at, &when);
  assert_near (when, 7 * GST_SECOND + 500 * GST_MSECOND, 40);
  tear_down (&f);
  sound_free (&sound);
}

static GstStructure *
next_message (Fixture * f, const gchar * name)
{
  GstMessage *message;

  while ((message = gst_bus_pop_filtered (f->bus, GST_MESSAGE_ELEMENT))) {
    GstStructure *s = gst_structure_copy (gst_message_get_structure (message));

    gst_message_unref (message);
    if (gst_structure_has_name (s, name))
      return s;
    gst_structure_free (s);
  }
  return NULL;
}

static void
messages_are_posted (void)
{
  Sound sound = vowel_at (8000);
  GstClockTime at, when, running;
  gdouble probability;
  gboolean voice;
  GstStructure *s;
  guint64 stream;
  Fixture f;

  set_up_easy (&f, 8000);
  play (&f, sound.pcm, sound.n / 2);
  expect (&f, "speech-start", &at, &when);
  s = next_message (&f, "voice/speech-start");
  g_assert_cmpuint (gst_voice_structure_time (s, "onset"), ==, when);
  gst_structure_free (s);
  s = next_message (&f, "voice-activity");
  g_assert_true (gst_structure_get (s, "stream-time", G_TYPE_UINT64, &stream,
          "stream-has-voice", G_TYPE_BOOLEAN, &voice, "running-time",
          GST_TYPE_CLOCK_TIME, &running, "probability", G_TYPE_DOUBLE,
          &probability, NULL));
  g_assert_true (voice);
  g_assert_cmpuint (running, ==, at);
  g_assert_cmpuint (stream, ==, at);
  g_assert_cmpfloat (probability, >=, .5);
  gst_structure_free (s);
  play (&f, sound.pcm + sound.n / 2, sound.n / 2);
  s = next_message (&f, "voice-activity");
  g_assert_true (gst_structure_get (s, "stream-has-voice", G_TYPE_BOOLEAN,
          &voice, NULL));
  g_assert_false (voice);
  gst_structure_free (s);
  tear_down (&f);
  sound_free (&sound);
}

/* Where the sound of a recording begins and ends, by its power. */
static void
find_sound (const Sound * sound, gint rate, GstClockTime * begin,
    GstClockTime * end)
{
  gsize step = rate / 100, first = 0, last = 0;
  gdouble most = 0.;

  for (gint pass = 0; pass < 2; pass++) {
    for (gsize i = 0; i + step <= sound->n; i += step) {
      gdouble sum = 0.;

      for (gsize k = i; k < i + step; k++)
        sum += (gdouble) sound->pcm[k] * sound->pcm[k];
      if (pass == 0) {
        most = MAX (most, sum);
      } else if (sum > most / 300.) {
        first = first ? first : i;
        last = i + step;
      }
    }
  }
  *begin = gst_util_uint64_scale (first, GST_SECOND, rate);
  *end = gst_util_uint64_scale (last, GST_SECOND, rate);
}

static void
human_speech (void)
{
  static const gint rates[] = { 8000, 16000, 24000, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    GstClockTime at, when, begin, end;
    const gchar *name;
    Sound sound;
    Fixture f;

    if (!human (rates[i], 1., &sound))
      return;
    find_sound (&sound, rates[i], &begin, &end);
    set_up (&f, rates[i]);
    play_silence (&f, 1000);
    play (&f, sound.pcm, sound.n);
    play_silence (&f, 1000);
    expect (&f, "speech-start", &at, &when);
    assert_near (when, GST_SECOND + begin, 100);
    assert_near (at, when, 150);
    while ((name = next_event (&f, &at, &when)))
      if (g_str_equal (name, "speech-stop"))
        break;
    g_assert_cmpstr (name, ==, "speech-stop");
    /* Its last syllable is a faint one. */
    g_assert_cmpuint (when, <, GST_SECOND + end + 150 * GST_MSECOND);
    g_assert_cmpuint (when, >, GST_SECOND + end - 600 * GST_MSECOND);
    expect_nothing (&f);
    tear_down (&f);
    sound_free (&sound);
  }
}

/* Speech that is cut by ten seconds of nothing. */
static void
gap_in_time_stamps (void)
{
  Sound sound = vowel_at (16000);
  GstClockTime at, when, broken;
  Fixture f;

  set_up_easy (&f, 16000);
  play_to_cut (&f, &sound);
  expect (&f, "speech-start", &at, &when);
  broken = f.now;
  f.now += 10 * GST_SECOND;
  play (&f, sound.pcm, sound.n);
  expect (&f, "speech-pause", &at, &when);
  assert_near (when, broken, 100);
  expect (&f, "speech-stop", &at, &when);
  assert_near (when, broken, 100);
  g_assert_cmpuint (at, <, broken + GST_SECOND);
  expect (&f, "speech-start", &at, &when);
  assert_near (when, broken + 10 * GST_SECOND + 500 * GST_MSECOND, 40);
  tear_down (&f);
  sound_free (&sound);
}

static void
gap_event (void)
{
  Sound sound = vowel_at (16000);
  GstClockTime at, when, broken;
  Fixture f;

  set_up_easy (&f, 16000);
  play_to_cut (&f, &sound);
  expect (&f, "speech-start", &at, &when);
  broken = f.now;
  for (guint i = 0; i < 50; i++, f.now += 20 * GST_MSECOND)
    gst_harness_push_event (f.h, gst_event_new_gap (f.now, 20 * GST_MSECOND));
  expect (&f, "speech-pause", &at, &when);
  expect (&f, "speech-stop", &at, &when);
  assert_near (when, broken, 100);
  assert_near (at, broken + 420 * GST_MSECOND, 100);
  /* A gap without a length says nothing. */
  gst_harness_push_event (f.h, gst_event_new_gap (f.now, GST_CLOCK_TIME_NONE));
  play (&f, sound.pcm, sound.n);
  expect (&f, "speech-start", &at, &when);
  assert_near (when, broken + 1500 * GST_MSECOND, 40);
  tear_down (&f);
  sound_free (&sound);
}

/* Stamps that wander, as those of a clock that runs too fast, break nothing
 * and are followed. */
static void
time_stamps_drift (void)
{
  Sound sound = vowel_at (16000);
  GstClockTime at, when, pause;
  Fixture f;

  set_up_easy (&f, 16000);
  for (gsize i = 0; i < sound.n; i += 320, f.now += 2 * GST_MSECOND)
    gst_harness_push (f.h, buffer_of (&f, sound.pcm + i, 320));
  expect (&f, "speech-start", &at, &when);
  assert_near (when, 550 * GST_MSECOND, 40);
  expect (&f, "speech-pause", &at, &pause);
  expect (&f, "speech-stop", &at, &when);
  g_assert_cmpuint (when, ==, pause);
  expect_nothing (&f);
  tear_down (&f);
  sound_free (&sound);
}

static void
time_jumps_back (void)
{
  Sound sound = vowel_at (16000);
  GstClockTime at, when;
  Fixture f;

  set_up_easy (&f, 16000);
  f.now = 5 * GST_SECOND;
  play_to_cut (&f, &sound);
  expect (&f, "speech-start", &at, &when);
  f.now = GST_SECOND;
  play (&f, sound.pcm, sound.n);
  expect (&f, "speech-stop", &at, &when);
  assert_near (when, 5 * GST_SECOND + CUT, 100);
  expect (&f, "speech-start", &at, &when);
  assert_near (when, 1500 * GST_MSECOND, 40);
  tear_down (&f);
  sound_free (&sound);
}

static void
flush_ends_speech (void)
{
  Sound sound = vowel_at (16000);
  GstClockTime at, when;
  GstSegment segment;
  Fixture f;

  set_up_easy (&f, 16000);
  play_to_cut (&f, &sound);
  expect (&f, "speech-start", &at, &when);
  gst_harness_push_event (f.h, gst_event_new_flush_start ());
  gst_harness_push_event (f.h, gst_event_new_flush_stop (TRUE));
  expect (&f, "speech-stop", &at, &when);
  assert_near (when, CUT, 100);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (f.h, gst_event_new_segment (&segment));
  f.now = 0;
  play (&f, sound.pcm, sound.n);
  expect (&f, "speech-start", &at, &when);
  assert_near (when, 500 * GST_MSECOND, 40);
  tear_down (&f);
  sound_free (&sound);
}

static void
end_of_stream_ends_speech (void)
{
  Sound sound = vowel_at (16000);
  GstClockTime at, when;
  Fixture f;

  set_up_easy (&f, 16000);
  play_to_cut (&f, &sound);
  gst_harness_push_event (f.h, gst_event_new_eos ());
  expect (&f, "speech-start", &at, &when);
  expect (&f, "speech-stop", &at, &when);
  assert_near (when, CUT, 100);
  g_assert_cmpuint (at, ==, CUT);
  tear_down (&f);
  sound_free (&sound);
}

static void
rate_changes (void)
{
  Sound first = vowel_at (16000), second = vowel_at (48000);
  GstClockTime at, when;
  Fixture f;

  set_up_easy (&f, 16000);
  play_to_cut (&f, &first);
  expect (&f, "speech-start", &at, &when);
  set_rate (&f, 48000);
  expect (&f, "speech-stop", &at, &when);
  assert_near (when, CUT, 100);
  play_to_cut (&f, &second);
  expect (&f, "speech-start", &at, &when);
  assert_near (when, CUT + 500 * GST_MSECOND, 40);
  /* The same caps again change nothing. */
  set_rate (&f, 48000);
  expect_nothing (&f);
  tear_down (&f);
  sound_free (&first);
  sound_free (&second);
}

static GstEvent *
upstream (const gchar * name, guint speech)
{
  return gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
      gst_voice_structure_new (name, "speech", speech, NULL));
}

static guint
starts_in (Fixture * f)
{
  GstClockTime at, when;
  const gchar *name;
  guint n = 0;

  while ((name = next_event (f, &at, &when)))
    n += g_str_equal (name, "speech-start");
  return n;
}

/* A faint caller, at -64 dBFS, is heard; but not while the agent speaks,
 * since that may as well be its echo. */
static void
agent_speaks (void)
{
  Sound sound;
  Fixture f;

  if (!human (16000, 1. / 64., &sound))
    return;
  set_up (&f, 16000);
  play_silence (&f, 2000);
  gst_harness_push_upstream_event (f.h, upstream ("playing", 3));
  play (&f, sound.pcm, sound.n);
  play_silence (&f, 1000);
  g_assert_cmpuint (starts_in (&f), ==, 0);
  /* That was about an earlier one. */
  gst_harness_push_upstream_event (f.h, upstream ("heard", 2));
  play (&f, sound.pcm, sound.n);
  play_silence (&f, 1000);
  g_assert_cmpuint (starts_in (&f), ==, 0);
  gst_harness_push_upstream_event (f.h, upstream ("heard", 3));
  play_silence (&f, 1000);
  play (&f, sound.pcm, sound.n);
  g_assert_cmpuint (starts_in (&f), >, 0);
  /* All of them have passed on. */
  g_assert_cmpuint (gst_harness_upstream_events_received (f.h), >=, 3);
  tear_down (&f);
  sound_free (&sound);
}

static GstEvent *
played (GstClockTime at, const gchar * levels)
{
  return gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
      gst_voice_structure_new ("played", "running-time", at, "levels", levels,
          NULL));
}

/* 100 ms of what the agent says, as `playout` tells it. */
static void
tell_played (Fixture * f, GstClockTime at, const gint16 * pcm)
{
  gsize step = f->rate / 100;
  gchar levels[11] = "";

  for (gsize k = 0; k < 10; k++) {
    gdouble sum = 0;

    for (gsize i = 0; i < step; i++)
      sum += pow (pcm[k * step + i] / 32768., 2);
    levels[k] = CLAMP (126 + 10 * log10 (sum / step + 1e-12), 32, 126);
  }
  gst_harness_push_upstream_event (f->h, played (at, levels));
}

/* The agent says it, and 300 ms later it comes back, fainter. */
static void
hear_echo (Fixture * f, const Sound * agent, const Sound * echo, gboolean told)
{
  gsize step = f->rate / 10;

  for (gsize i = 0; i + step <= agent->n; i += step) {
    GstClockTime at = f->now;

    if (i < 3 * step)
      play_silence (f, 100);
    else
      play (f, echo->pcm + i - 3 * step, step);
    if (told)
      tell_played (f, at, agent->pcm + i);
  }
  play_silence (f, 1000);
}

static void
agent_is_heard_again (void)
{
  Sound agent, echo;
  Fixture f;

  if (!human (16000, 1., &agent) || !human (16000, .1, &echo))
    return;
  for (gint told = 0; told <= 1; told++) {
    set_up (&f, 16000);
    play_silence (&f, 1000);
    gst_harness_push_upstream_event (f.h, upstream ("playing", 1));
    hear_echo (&f, &agent, &echo, told);
    if (told)
      g_assert_cmpuint (starts_in (&f), ==, 0);
    else
      g_assert_cmpuint (starts_in (&f), >, 0);
    /* A caller as loud as the agent is heard all the same. */
    tell_played (&f, f.now, agent.pcm + f.rate / 2);
    play (&f, agent.pcm, agent.n);
    g_assert_cmpuint (starts_in (&f), >, 0);
    tear_down (&f);
  }
  sound_free (&agent);
  sound_free (&echo);
}

/* Nonsense is not taken, nor more than there is room for. */
static void
wild_levels (void)
{
  gchar *many = g_strnfill (5000, '~');
  Fixture f;

  set_up (&f, 8000);
  for (guint i = 0; i < 40; i++)
    gst_harness_push_upstream_event (f.h, played (i % 3 ? i * GST_SECOND :
            GST_CLOCK_TIME_NONE, i % 2 ? many : "\x7f\x01 "));
  play_silence (&f, 100);
  gst_harness_push_upstream_event (f.h, played (G_MAXUINT64 - 1, many));
  play_silence (&f, 100);
  g_assert_cmpuint (starts_in (&f), ==, 0);
  gst_harness_push_upstream_event (f.h, played (0, many));
  tear_down (&f);
  g_free (many);
}

static void
level_control_off (void)
{
  Sound sound;
  Fixture f;

  if (!human (16000, 1. / 64., &sound))
    return;
  set_up (&f, 16000);
  g_object_set (f.h->element, "level-control", FALSE, NULL);
  play_silence (&f, 2000);
  play (&f, sound.pcm, sound.n);
  g_assert_cmpuint (starts_in (&f), ==, 0);
  tear_down (&f);
  sound_free (&sound);
}

static void
end_is_answered_with_eos (void)
{
  GstEvent *event;
  gboolean passed = FALSE;
  Fixture f;

  set_up (&f, 16000);
  play_silence (&f, 100);
  gst_harness_push_upstream_event (f.h,
      gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
          gst_voice_structure_new ("end", "reason", "completed", NULL)));
  g_assert_cmpint (gst_harness_push (f.h, buffer_of (&f, NULL, 320)), ==,
      GST_FLOW_EOS);
  while ((event = gst_harness_try_pull_upstream_event (f.h))) {
    passed |= gst_voice_event_is (event, "end");
    gst_event_unref (event);
  }
  g_assert_true (passed);
  tear_down (&f);
}

/* Settings may change at any time. */
static void
settings (void)
{
  Sound sound = vowel_at (16000);
  GstClockTime at, when;
  gdouble start;
  guint silence;
  Fixture f;

  set_up (&f, 16000);
  g_object_get (f.h->element, "start", &start, "min-silence", &silence, NULL);
  g_assert_cmpfloat_with_epsilon (start, .7, 1e-6);
  g_assert_cmpuint (silence, ==, 400);
  g_object_set (f.h->element, "start", .5, "stop", .4, "level-control", FALSE,
      "min-silence", 100, "pause-after", 200, NULL);
  play (&f, sound.pcm, sound.n);
  expect (&f, "speech-start", &at, &when);
  expect (&f, "speech-stop", &at, &when);
  assert_near (at, when + 180 * GST_MSECOND, 15);
  tear_down (&f);
  sound_free (&sound);
}

/* Going to READY fails with an error that is posted once. */
static void
refuse_model (const gchar * path)
{
  GstElement *element = gst_element_factory_make ("vad", NULL);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;

  g_object_set (element, "model", path, NULL);
  gst_element_set_bus (element, bus);
  g_assert_cmpint (gst_element_set_state (element, GST_STATE_READY), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_unref (message);
  g_assert_null (gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR));
  gst_element_set_bus (element, NULL);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (bus);
}

static void
bad_model (void)
{
  gchar *path = g_build_filename (g_get_tmp_dir (), "gst-voice-vad-XXXXXX",
      NULL);
  gint fd = g_mkstemp (path);

  refuse_model ("/nonexistent/vad-weights.f32");
  g_assert_true (g_file_set_contents (path, "no weights", -1, NULL));
  refuse_model (path);
  g_close (fd, NULL);
  g_unlink (path);
  g_free (path);
}

static void
many_elements_one_model (void)
{
  Fixture f[3];

  for (guint i = 0; i < G_N_ELEMENTS (f); i++)
    set_up (&f[i], 16000);
  tear_down (&f[1]);
  play_silence (&f[0], 100);
  tear_down (&f[0]);
  play_silence (&f[2], 100);
  tear_down (&f[2]);
}

static void
up_and_down (void)
{
  Sound sound = vowel_at (16000);
  GstClockTime at, when;
  Fixture f;

  set_up_easy (&f, 16000);
  play_to_cut (&f, &sound);
  expect (&f, "speech-start", &at, &when);
  for (guint i = 0; i < 3; i++) {
    gst_element_set_state (f.h->element, GST_STATE_NULL);
    gst_element_set_state (f.h->element, GST_STATE_PLAYING);
  }
  gst_harness_set_src_caps_str (f.h, "audio/x-raw,format=" GST_AUDIO_NE (S16)
      ",layout=interleaved,channels=1,rate=16000");
  f.now = 0;
  play (&f, sound.pcm, sound.n);
  expect (&f, "speech-start", &at, &when);
  assert_near (when, 500 * GST_MSECOND, 40);
  tear_down (&f);
  sound_free (&sound);
}

static void
launch_line (void)
{
  doc_line_run ("plugins/turn/gstvad.c");
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/vad/" name, function)
  ADD ("passes", sound_passes_with_its_level);
  ADD ("level", level_is_that_of_rfc_6464);
  ADD ("rates", every_rate);
  ADD ("segment", segment_is_heeded);
  ADD ("messages", messages_are_posted);
  ADD ("human", human_speech);
  ADD ("gap", gap_in_time_stamps);
  ADD ("gap-event", gap_event);
  ADD ("drift", time_stamps_drift);
  ADD ("jump-back", time_jumps_back);
  ADD ("flush", flush_ends_speech);
  ADD ("eos", end_of_stream_ends_speech);
  ADD ("rate-change", rate_changes);
  ADD ("agent-speaks", agent_speaks);
  ADD ("agent-is-heard-again", agent_is_heard_again);
  ADD ("wild-levels", wild_levels);
  ADD ("level-control-off", level_control_off);
  ADD ("end", end_is_answered_with_eos);
  ADD ("settings", settings);
  ADD ("bad-model", bad_model);
  ADD ("one-model", many_elements_one_model);
  ADD ("up-and-down", up_and_down);
  ADD ("launch-line", launch_line);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
