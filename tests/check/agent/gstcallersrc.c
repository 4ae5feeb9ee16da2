/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A caller from a file, under simulated time: what is heard when, relative to
 * what an agent tells of itself, and what is said of wrong files.
 *
 * Threads: what the agent does comes from the clock's, in which nothing but
 * this source works. Locks: `lock` guards what comes out.
 */
#include "../doc-line.h"

#include <glib/gstdio.h>
#include <gst-voice/clock.h>
#include <gst-voice/events.h>

#define MS GST_MSECOND
#define MAX_EVENTS 16

typedef struct
{
  guint at;                     /* ms */
  const gchar *name, *by;
} AgentEvent;

typedef struct
{
  gchar *dir, *path;
  GstElement *pipeline;
  GstClock *clock;
  GstVoiceAlarm *alarm;
  const AgentEvent *events;     /* what is left of them */

  /* lock */
  GMutex lock;
  GCond cond;
  GString *heard;               /* "FROM-TO:LEVEL " in ms, of each sound */
  GString *told;                /* messages */
  gint64 begun, end;            /* of the sound that goes on, or -1 */
  guint level, rate;
  gboolean eos;
} Fixture;

static void
set_up (Fixture * f, gconstpointer unused)
{
  f->dir = g_dir_make_tmp ("caller-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "test.caller", NULL);
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->heard = g_string_new (NULL);
  f->told = g_string_new (NULL);
  f->begun = -1;
}

static void
tear_down (Fixture * f, gconstpointer unused)
{
  static const gchar *const names[] = { "test.caller", "a.raw", "a.wav" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gchar *path = g_build_filename (f->dir, names[i], NULL);

    g_unlink (path);
    g_free (path);
  }
  g_assert_cmpint (g_rmdir (f->dir), ==, 0);
  g_free (f->dir);
  g_free (f->path);
  g_string_free (f->heard, TRUE);
  g_string_free (f->told, TRUE);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static void
write_bytes (Fixture * f, const gchar * name, gconstpointer data, gsize size)
{
  gchar *path = g_build_filename (f->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, data, size, NULL));
  g_free (path);
}

/* A tone that is loud in each frame. */
static void
write_raw (Fixture * f, guint rate, guint ms, gint16 level)
{
  guint n = rate * ms / 1000;
  gint16 *samples = g_new (gint16, n);

  for (guint i = 0; i < n; i++)
    samples[i] = GINT16_TO_LE (i / 8 % 2 ? level : -level);
  write_bytes (f, "a.raw", samples, n * sizeof (gint16));
  g_free (samples);
}

static void
end_sound_locked (Fixture * f)
{
  if (f->begun >= 0)
    g_string_append_printf (f->heard, "%d-%d:%u ", (gint) f->begun,
        (gint) f->end, f->level);
  f->begun = -1;
  f->level = 0;
}

static GstPadProbeReturn
listen (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gint64 at = GST_BUFFER_PTS (buffer) / MS;
  guint level = 0;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  for (gsize i = 0; i < map.size / 2; i++)
    level = MAX (level, (guint) ABS (((gint16 *) map.data)[i]));
  g_mutex_lock (&f->lock);
  f->rate = map.size / 2 * 50;
  if (level == 0) {
    end_sound_locked (f);
  } else {
    if (f->begun < 0)
      f->begun = at;
    f->end = at + 20;
    f->level = MAX (f->level, level);
  }
  g_mutex_unlock (&f->lock);
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

static void
note (Fixture * f, const GstStructure * s)
{
  if (gst_structure_has_name (s, "voice/caller"))
    g_string_append_printf (f->told, "%s%s %u@%u ",
        gst_voice_structure_string (s, "text"),
        gst_voice_structure_boolean (s, "synthetic") ? "(synthetic)" : "",
        (guint) (gst_voice_structure_time (s, "duration") / MS),
        (guint) (gst_voice_structure_time (s, "at") / MS));
  else if (gst_structure_has_name (s, "voice/disconnected"))
    g_string_append_printf (f->told, "left@%u ",
        (guint) (gst_voice_structure_time (s, "at") / MS));
}

static GstBusSyncReply
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Fixture *f = data;

  g_mutex_lock (&f->lock);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT) {
    note (f, gst_message_get_structure (message));
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    end_sound_locked (f);
    f->eos = TRUE;
    g_cond_signal (&f->cond);
  }
  g_mutex_unlock (&f->lock);
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
arm (Fixture * f)
{
  if (f->events->name)
    gst_voice_alarm_set_running (f->alarm, f->pipeline, f->events->at * MS);
}

/* The agent tells of itself, after the frame that ends then. */
static void
agent_does (gpointer pipeline)
{
  Fixture *f = g_object_get_data (pipeline, "fixture");
  const AgentEvent *event = f->events++;
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstPad *pad = gst_element_get_static_pad (sink, "sink");
  GstStructure *s = event->by ? gst_voice_structure_new (event->name,
      "by", event->by, NULL) : gst_voice_structure_new (event->name,
      "speech", 1u, NULL);

  gst_pad_push_event (pad, gst_voice_event_new (GST_VOICE_UPSTREAM, NULL, s));
  gst_object_unref (pad);
  gst_object_unref (sink);
  arm (f);
}

/* @settings: of the source; @events end with one without a name. */
static void
play (Fixture * f, const gchar * settings, const AgentEvent * events)
{
  gchar *launch = g_strdup_printf ("callersrc name=caller %s ! fakesink "
      "name=sink enable-last-sample=false", settings);
  GstElement *source;
  GstBus *bus;
  GstPad *pad;

  f->pipeline = gst_parse_launch (launch, NULL);
  f->events = events;
  g_object_set_data (G_OBJECT (f->pipeline), "fixture", f);
  source = gst_bin_get_by_name (GST_BIN (f->pipeline), "caller");
  g_object_set (source, "location", f->path, NULL);
  pad = gst_element_get_static_pad (source, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, listen, f, NULL);
  gst_object_unref (pad);
  gst_object_unref (source);
  bus = gst_element_get_bus (f->pipeline);
  gst_bus_set_sync_handler (bus, on_message, f, NULL);
  f->clock = gst_voice_clock_new ();
  gst_pipeline_use_clock (GST_PIPELINE (f->pipeline), f->clock);
  f->alarm = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, agent_does,
      f->pipeline);
  g_assert_cmpint (gst_element_set_state (f->pipeline, GST_STATE_PLAYING), !=,
      GST_STATE_CHANGE_FAILURE);
  arm (f);
  gst_voice_clock_start (GST_VOICE_CLOCK (f->clock));
  g_mutex_lock (&f->lock);
  while (!f->eos)
    g_cond_wait (&f->cond, &f->lock);
  g_mutex_unlock (&f->lock);
  gst_element_set_state (f->pipeline, GST_STATE_NULL);
  gst_voice_alarm_free (f->alarm);
  gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
  gst_object_unref (bus);
  gst_object_unref (f->clock);
  gst_object_unref (f->pipeline);
  g_free (launch);
}

static void
write_caller (Fixture * f, const gchar * text)
{
  write_bytes (f, "test.caller", text, strlen (text));
}

static const AgentEvent nothing[] = { {0, NULL, NULL} };

/* --- sounds ----------------------------------------------------------- */

static void
plays_at_times (Fixture * f, gconstpointer unused)
{
  write_raw (f, 8000, 100, 1000);
  write_caller (f, "at 0.2 play a.raw rate=8000 says \"one\"\n"
      "after 0.3 play a.raw rate=8000 level=-6 # softer\n"
      "at 0.5 play a.raw rate=8000 level=12\n" "after 0.1 hangup\n");
  play (f, "rate=8000", nothing);
  /* What is late is said when the line before it is over. */
  g_assert_cmpstr (f->heard->str, ==, "200-300:1000 600-800:3981 ");
  g_assert_cmpstr (f->told->str, ==, "one 100@220  100@620  100@720 "
      "left@920 ");
  g_assert_cmpuint (f->rate, ==, 8000);
}

static void
resamples (Fixture * f, gconstpointer unused)
{
  write_raw (f, 16000, 200, 1000);
  write_caller (f, "at 0 play a.raw rate=16000\nafter 0.1 end\n");
  play (f, "rate=48000", nothing);
  g_assert_true (g_str_has_prefix (f->heard->str, "0-200:"));
  g_assert_cmpuint (f->rate, ==, 48000);
}

static void
makes_noise (Fixture * f, gconstpointer unused)
{
  write_caller (f, "at 0.1 noise 0.2\nafter 0.1 noise 0.1 level=-20\n"
      "after 0 silence 0.5\nafter 0 end\n");
  play (f, "", nothing);
  g_assert_true (g_str_has_prefix (f->heard->str, "100-300:1"));
  g_assert_nonnull (strstr (f->heard->str, "400-500:1"));
  /* Neither is words, and who ends does not leave. */
  g_assert_cmpstr (f->told->str, ==, "");
}

static void
speaks (Fixture * f, gconstpointer unused)
{
  write_caller (f, "voice rms\nat 0 say \"hello there\"\n"
      "after 0.5 say yes voice=slt\nafter 0.1 hangup\n");
  play (f, "voice=kal16", nothing);
  g_assert_true (g_str_has_prefix (f->told->str, "hello there(synthetic) "));
  g_assert_nonnull (strstr (f->told->str, "yes(synthetic) "));
  g_assert_nonnull (strstr (f->told->str, "left@"));
  g_assert_cmpuint (f->heard->len, >, 0);
}

/* A WAV file in the place of a caller is played once. */
static void
plays_wav (Fixture * f, gconstpointer unused)
{
  guint8 wav[44 + 320] = "RIFF\134\1\0\0WAVEfmt \20\0\0\0\1\0\1\0\100\37\0\0"
      "\200\76\0\0\2\0\20\0data\100\1";

  for (guint i = 44; i < sizeof wav; i += 2)
    wav[i + 1] = i / 16 % 2 ? 16 : 240;
  write_bytes (f, "a.wav", wav, sizeof wav);
  g_free (f->path);
  f->path = g_build_filename (f->dir, "a.wav", NULL);
  play (f, "rate=8000", nothing);
  g_assert_cmpstr (f->heard->str, ==, "0-20:4096 ");
}

/* --- relative to the agent -------------------------------------------- */

static void
waits_for_the_agent (Fixture * f, gconstpointer unused)
{
  static const AgentEvent events[] = {
    {0, "busy", "playout"}, {100, "playing"},
    {500, "busy", "tool"}, {1000, "heard"}, {1000, "idle", "playout"},
    {1500, "idle", "tool"},     /* 0.5 after this */
    {2050, "busy", "turn"}, {2500, "busy", "playout"}, {2500, "playing"},
    {3000, "heard"}, {3000, "idle", "playout"},
    {3200, "idle", "turn"},     /* and 0.2 after this */
    {0, NULL}
  };

  write_raw (f, 8000, 100, 1000);
  write_caller (f, "play a.raw rate=8000\n"
      "after agent 0.2 play a.raw rate=8000\nafter 0 end\n");
  play (f, "rate=8000", events);
  g_assert_cmpstr (f->heard->str, ==, "2000-2100:1000 3400-3500:1000 ");
}

static void
talks_over_the_agent (Fixture * f, gconstpointer unused)
{
  static const AgentEvent events[] = {
    {0, "busy", "playout"}, {1000, "playing"}, {3000, "heard"},
    {3000, "idle", "playout"}, {4000, "busy", "playout"}, {4000, "playing"},
    {6000, "heard"}, {6000, "idle", "playout"}, {0, NULL}
  };

  write_raw (f, 8000, 100, 1000);
  /* The third waits for another speech: the second is over before. */
  write_caller (f, "during agent play a.raw rate=8000\n"
      "during agent 1.2 play a.raw rate=8000\n"
      "during agent 2.5 play a.raw rate=8000\nafter agent hangup\n");
  play (f, "rate=8000 num-buffers=400", events);
  g_assert_cmpstr (f->heard->str, ==, "1500-1600:1000 2200-2300:1000 ");
  g_assert_cmpstr (f->told->str, ==, " 100@1520  100@2220 ");
}

/* --- what is wrong ---------------------------------------------------- */

static const struct
{
  const gchar *text, *message;
} refusals[] = {
  {"at 0 play nothing.wav\n", "*test.caller:1: *nothing.wav*"},
  {"# one\nat 0 play a.raw\n", "*test.caller:2: *a.raw*"},
  {"at 0 say hello voice=nobody\n", "*test.caller:1: cannot speak \"hello\"*"},
  {"at 0 shout hello\n", "*test.caller:1: 'shout' is not understood*"},
  {"say\n", "*test.caller:1: say what?*"},
  {"", "*test.caller:1: the caller says nothing*"},
};

static void
assert_refused (const gchar * path, const gchar * pattern)
{
  GstElement *source = gst_object_ref_sink (gst_element_factory_make
      ("callersrc", NULL));
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *error;

  gst_element_set_bus (source, bus);
  g_object_set (source, "location", path, NULL);
  g_assert_cmpint (gst_element_set_state (source, GST_STATE_READY), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  if (!g_pattern_match_simple (pattern, error->message))
    g_assert_cmpstr (error->message, ==, pattern);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (source, GST_STATE_NULL);
  gst_element_set_bus (source, NULL);
  gst_object_unref (bus);
  gst_object_unref (source);
}

static void
says_what_is_wrong (Fixture * f, gconstpointer unused)
{
  assert_refused (f->path, "*test.caller*");
  write_raw (f, 8000, 20, 1000);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    write_caller (f, refusals[i].text);
    assert_refused (f->path, refusals[i].message);
  }
}

/* --- the rest --------------------------------------------------------- */

/* The same caller calls again. */
static void
calls_again (Fixture * f, gconstpointer unused)
{
  write_raw (f, 8000, 100, 1000);
  write_caller (f, "at 0.2 play a.raw rate=8000\nafter 0.1 hangup\n");
  for (guint i = 0; i < 2; i++) {
    f->eos = FALSE;
    play (f, "rate=8000", nothing);
    g_assert_cmpstr (f->heard->str, ==, "200-300:1000 ");
    g_string_truncate (f->heard, 0);
  }
}

static void
launch_line (Fixture * f, gconstpointer unused)
{
  doc_line_run ("plugins/agent/gstcallersrc.c");
}

static void
add (const gchar * path, void (*test) (Fixture * f, gconstpointer unused))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add ("/callersrc/times", plays_at_times);
  add ("/callersrc/resamples", resamples);
  add ("/callersrc/noise", makes_noise);
  add ("/callersrc/speaks", speaks);
  add ("/callersrc/wav", plays_wav);
  add ("/callersrc/after-agent", waits_for_the_agent);
  add ("/callersrc/during-agent", talks_over_the_agent);
  add ("/callersrc/refusals", says_what_is_wrong);
  add ("/callersrc/again", calls_again);
  add ("/callersrc/launch", launch_line);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
