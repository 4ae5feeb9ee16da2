/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-callersrc
 * @title: callersrc
 *
 * A caller from a file, for tests and demonstrations: a live source that says
 * what the file says, when the file says it, relative to what the agent does
 * (docs/caller.md). A WAV file is played once, and without a file there is
 * silence. It hears of the agent by the events that come upstream, so it also
 * works under simulated time.
 *
 * It posts `voice/caller` when it begins to say something, sends `voice/typed`
 * for what it writes, and `voice/disconnected` when it hangs up.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 callersrc num-buffers=10 ! fakesink
 * ]|
 */
/*
 * Threads: the task makes a frame whenever the alarm says so; upstream events
 * come in any thread.
 * Locks: `lock` guards the core and is a leaf.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "caller-core.h"
#include "gstcallersrc.h"
#include "sound-file.h"

#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (callersrc_debug);
#define GST_CAT_DEFAULT callersrc_debug

#define FRAME (20 * GST_MSECOND)
#define DEFAULT_RATE 16000
#define DEFAULT_VOICE "rms"
/* What lines that are in no file are called; their paths are relative to the
 * working directory. */
#define SCRIPT "script.caller"

typedef enum
{
  BUSY_TURN = 1 << 0,
  BUSY_PLAYOUT = 1 << 1,
} Busy;

struct _GstVoiceCallerSrc
{
  GstElement parent;

  /* set once in init */
  GstPad *srcpad;
  GstVoiceAlarm *alarm;

  /* state changes only */
  GstVoiceSession *session;
  guint rate, frame;            /* of this call */

  /* object lock */
  gchar *location, *script, *voice;
  guint set_rate;
  gint num_buffers;

  /* lock */
  GMutex lock;
  GCond cond;
  CallerCore *core;             /* NULL: silence */
  Busy busy;
  guint tools;
  gboolean flushing, playing, due, stopped;
  GstVoiceToken *token;

  /* task only */
  GstClockTime next;            /* running time of the next frame */
  gint left;                    /* frames, or negative for any number */
  gboolean announced;
};

enum
{
  PROP_LOCATION = 1,
  PROP_SCRIPT,
  PROP_RATE,
  PROP_VOICE,
  PROP_NUM_BUFFERS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 8000, 12000, 16000, 24000, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceCallerSrc, gst_voice_caller_src,
    GST_TYPE_ELEMENT, GST_DEBUG_CATEGORY_INIT (callersrc_debug, "callersrc", 0,
        "a caller from a file"));
GST_ELEMENT_REGISTER_DEFINE (callersrc, "callersrc", GST_RANK_NONE,
    GST_TYPE_VOICE_CALLER_SRC);

static GstVoiceToken *
new_token (GstVoiceCallerSrc * self)
{
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (self));
  GstVoiceToken *token = gst_voice_token_new (clock);

  gst_clear_object (&clock);
  return token;
}

static void
wake (gpointer owner)
{
  GstVoiceCallerSrc *self = owner;
  GstVoiceToken *token = new_token (self);

  g_mutex_lock (&self->lock);
  if (!self->due && !self->stopped)
    self->token = g_steal_pointer (&token);
  self->due = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_voice_token_unref (token);
}

/* Everything that the synthesiser gives for one line. */
static void
pull_all (GstElement * sink, GByteArray * sound)
{
  GstSample *sample;
  GstMapInfo map;

  for (;;) {
    g_signal_emit_by_name (sink, "pull-sample", &sample);
    if (!sample)
      return;
    if (gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ)) {
      g_byte_array_append (sound, map.data, map.size);
      gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    }
    gst_sample_unref (sample);
  }
}

static gboolean
take_bus_error (GstElement * pipeline, const gchar * what, GError ** error)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  GError *why = NULL;

  gst_object_unref (bus);
  if (!message)
    return FALSE;
  gst_message_parse_error (message, &why, NULL);
  gst_message_unref (message);
  g_set_error (error, why->domain, why->code, "cannot speak \"%s\": %s", what,
      why->message);
  g_error_free (why);
  return TRUE;
}

/* A second voice says the lines that no human has recorded. */
static gint16 *
synthesise (GstVoiceCallerSrc * self, const CallerItem * item,
    const gchar * fallback_voice, gsize * n, GError ** error)
{
  gchar *launch = g_strdup_printf ("appsrc name=in format=time "
      "caps=text/x-raw,format=utf8 ! flitetts name=tts ! audioconvert ! "
      "audioresample ! audio/x-raw,format=S16LE,channels=1,rate=%u ! "
      "appsink name=out sync=false async=false", self->rate);
  GstElement *pipeline = gst_parse_launch_full (launch, NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, error);
  GByteArray *sound = g_byte_array_new ();
  GstElement *in, *out, *tts;
  GstFlowReturn flow;
  GstBuffer *text;

  g_free (launch);
  if (!pipeline) {
    g_byte_array_unref (sound);
    g_prefix_error (error, "a line of the caller needs a voice: ");
    return NULL;
  }
  in = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  tts = gst_bin_get_by_name (GST_BIN (pipeline), "tts");
  gst_util_set_object_arg (G_OBJECT (tts), "voice",
      item->voice ? item->voice : fallback_voice);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  text = gst_buffer_new_memdup (item->text, strlen (item->text));
  g_signal_emit_by_name (in, "push-buffer", text, &flow);
  g_signal_emit_by_name (in, "end-of-stream", &flow);
  gst_buffer_unref (text);
  pull_all (out, sound);
  if (!take_bus_error (pipeline, item->text, error) && sound->len == 0)
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_ENCODE,
        "\"%s\" cannot be spoken", item->text);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (in);
  gst_object_unref (out);
  gst_object_unref (tts);
  gst_object_unref (pipeline);
  *n = sound->len / sizeof (gint16);
  return (gint16 *) g_byte_array_free (sound, *n == 0);
}

/* A path in a caller file is relative to that file. */
static gchar *
resolve (const gchar * location, const gchar * path)
{
  gchar *dir, *full;

  if (g_path_is_absolute (path))
    return g_strdup (path);
  dir = g_path_get_dirname (location);
  full = g_build_filename (dir, path, NULL);
  g_free (dir);
  return full;
}

static gboolean
load_item (GstVoiceCallerSrc * self, CallerCore * core, guint i,
    const gchar * location, const gchar * voice, GError ** error)
{
  CallerItem *item = caller_core_item (core, i);
  gint16 *samples = NULL;
  gchar *path;
  gsize n = 0;

  if (item->what == CALLER_SAY) {
    samples = synthesise (self, item, voice, &n, error);
  } else if (item->what == CALLER_PLAY) {
    path = resolve (location, item->path);
    samples = sound_file_load (path, item->rate, self->rate, &n, error);
    g_free (path);
  } else {
    return TRUE;
  }
  if (!samples) {
    /* Of a WAV file there is no script that anybody has seen. */
    if (g_str_has_suffix (location, ".caller"))
      g_prefix_error (error, "%s:%u: ", location, item->line);
    return FALSE;
  }
  caller_core_take_sound (core, i, samples, n);
  return TRUE;
}

/* A WAV file is a caller who talks at once and waits for the answer. */
static gchar *
read_script (const gchar * location, GError ** error)
{
  gchar *text, *quoted, *script;

  if (!g_str_has_suffix (location, ".caller")) {
    quoted = g_shell_quote (location);
    script = g_strdup_printf ("at 0 play %s\nafter 0 end\n", quoted);
    g_free (quoted);
    return script;
  }
  return g_file_get_contents (location, &text, NULL, error) ? text : NULL;
}

static CallerCore *
load (GstVoiceCallerSrc * self, const gchar * location, gchar * text,
    const gchar * voice, GError ** error)
{
  CallerCore *core = text ? caller_core_parse (text, location, error) : NULL;

  g_free (text);
  for (guint i = 0; core && i < caller_core_count (core); i++) {
    if (!load_item (self, core, i, location, voice, error))
      g_clear_pointer (&core, caller_core_free);
  }
  if (core)
    caller_core_make_noises (core, self->rate);
  return core;
}

static gboolean
open_caller (GstVoiceCallerSrc * self)
{
  gchar *location, *script, *voice;
  GError *error = NULL;

  GST_OBJECT_LOCK (self);
  script = g_strdup (self->script);
  location = g_strdup (script ? SCRIPT : self->location);
  voice = g_strdup (self->voice);
  self->rate = self->set_rate;
  GST_OBJECT_UNLOCK (self);
  self->frame = self->rate / 50;
  self->session = gst_voice_session_obtain (GST_ELEMENT (self));
  if (location)
    self->core = load (self, location, script ? script :
        read_script (location, &error), voice, &error);
  if (error) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_READ, ("%s", error->message),
        (NULL));
    g_error_free (error);
  }
  g_free (voice);
  if (!location || self->core) {
    g_free (location);
    return TRUE;
  }
  g_free (location);
  g_clear_object (&self->session);
  return FALSE;
}

static void
close_caller (GstVoiceCallerSrc * self)
{
  g_clear_pointer (&self->core, caller_core_free);
  g_clear_object (&self->session);
}

static void
announce (GstVoiceCallerSrc * self)
{
  GstSegment segment;
  GstCaps *caps;
  gchar *id;

  if (self->announced)
    return;
  self->announced = TRUE;
  id = gst_pad_create_stream_id (self->srcpad, GST_ELEMENT (self), NULL);
  gst_pad_push_event (self->srcpad, gst_event_new_stream_start (id));
  g_free (id);
  caps = gst_caps_new_simple ("audio/x-raw", "format", G_TYPE_STRING, "S16LE",
      "layout", G_TYPE_STRING, "interleaved", "channels", G_TYPE_INT, 1,
      "rate", G_TYPE_INT, (gint) self->rate, NULL);
  gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->srcpad, gst_event_new_segment (&segment));
}

static void
write_line (GstVoiceCallerSrc * self, const CallerItem * item,
    GstVoiceToken * token)
{
  gst_pad_push_event (self->srcpad, gst_voice_event_new (GST_VOICE_ORDERED,
          token, gst_voice_structure_new ("typed", "text", item->text,
              "source", "chat", NULL)));
}

static void
tell (GstVoiceCallerSrc * self, const CallerItem * item, GstVoiceToken * token)
{
  if (item->what == CALLER_TYPE)
    write_line (self, item, token);
  if (item->what != CALLER_SAY && item->what != CALLER_PLAY)
    return;
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      gst_voice_structure_new ("caller", "text", item->text,
          "synthetic", item->what == CALLER_SAY, "duration",
          gst_util_uint64_scale_int (item->n, GST_SECOND, self->rate), NULL));
}

static void
leave (GstVoiceCallerSrc * self, gboolean hang_up)
{
  GstStructure *s;

  if (hang_up) {
    s = gst_voice_structure_new ("disconnected", "reason", "hung up", NULL);
    gst_pad_push_event (self->srcpad, gst_voice_event_new (GST_VOICE_OOB, NULL,
            gst_structure_copy (s)));
    gst_voice_session_report (self->session, GST_ELEMENT (self), s);
  }
  gst_pad_push_event (self->srcpad, gst_event_new_eos ());
}

/* The frame that ends now. FALSE if it is the last. */
static gboolean
push_frame (GstVoiceCallerSrc * self, GstVoiceToken * token)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL,
      self->frame * sizeof (gint16), NULL);
  const CallerItem *begun = NULL;
  gboolean there = TRUE;
  GstFlowReturn flow;
  GstMapInfo map;

  announce (self);
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  g_mutex_lock (&self->lock);
  if (self->core)
    there = caller_core_frame (self->core, self->next, (gint16 *) map.data,
        self->frame, &begun);
  else
    memset (map.data, 0, map.size);
  g_mutex_unlock (&self->lock);
  gst_buffer_unmap (buffer, &map);
  if (begun)
    tell (self, begun, token);
  if (!there) {
    gst_buffer_unref (buffer);
    leave (self, begun->what == CALLER_HANG_UP);
    return FALSE;
  }
  GST_BUFFER_PTS (buffer) = self->next;
  GST_BUFFER_DURATION (buffer) = FRAME;
  gst_voice_token_ride (token, buffer);
  self->next += FRAME;
  flow = gst_pad_push (self->srcpad, buffer);
  if (flow == GST_FLOW_OK && (self->left < 0 || --self->left > 0))
    return TRUE;
  if (flow == GST_FLOW_NOT_LINKED)
    GST_ELEMENT_FLOW_ERROR (self, flow);
  if (flow != GST_FLOW_FLUSHING)
    gst_pad_push_event (self->srcpad, gst_event_new_eos ());
  return FALSE;
}

static void
loop (gpointer data)
{
  GstVoiceCallerSrc *self = data;
  GstVoiceToken *token;
  GstClockTime now;
  gboolean go_on;

  g_mutex_lock (&self->lock);
  while (!self->flushing && !(self->playing && self->due))
    g_cond_wait (&self->cond, &self->lock);
  go_on = !self->flushing;
  self->due = FALSE;
  token = g_steal_pointer (&self->token);
  g_mutex_unlock (&self->lock);

  now = gst_element_get_current_running_time (GST_ELEMENT (self));
  while (go_on && GST_CLOCK_TIME_IS_VALID (now) && self->next + FRAME <= now)
    go_on = push_frame (self, token);
  if (go_on)
    gst_voice_alarm_set_running (self->alarm, GST_ELEMENT (self),
        self->next + FRAME);
  gst_voice_token_unref (token);
  if (!go_on)
    gst_pad_pause_task (self->srcpad);
}

static gboolean
src_activate_mode (GstPad * pad, GstObject * parent, GstPadMode mode,
    gboolean active)
{
  GstVoiceCallerSrc *self = GST_VOICE_CALLER_SRC (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  g_mutex_lock (&self->lock);
  self->flushing = !active;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  return active ? gst_pad_start_task (pad, loop, self, NULL) :
      gst_pad_stop_task (pad);
}

static void
take_busy_locked (GstVoiceCallerSrc * self, const gchar * by, gboolean busy)
{
  Busy bit = strcmp (by, "turn") == 0 ? BUSY_TURN :
      strcmp (by, "playout") == 0 ? BUSY_PLAYOUT : 0;

  if (!bit)
    self->tools = busy ? self->tools + 1 : MAX (self->tools, 1) - 1;
  else if (busy)
    self->busy |= bit;
  else
    self->busy &= ~bit;
}

static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoiceCallerSrc *self = GST_VOICE_CALLER_SRC (parent);
  const GstStructure *s = gst_voice_event_parse (event);
  GstClockTime now = gst_element_get_current_running_time (GST_ELEMENT (self));

  g_mutex_lock (&self->lock);
  /* What lies downstream plays before this does, and until then there is no
   * base time. */
  if (!self->playing || !GST_CLOCK_TIME_IS_VALID (now))
    now = 0;
  if (s && self->core) {
    if (gst_voice_event_is (event, "playing"))
      caller_core_agent_speaks (self->core, now);
    else if (gst_voice_event_is (event, "heard"))
      caller_core_agent_heard (self->core);
    else if (gst_voice_event_is (event, "busy")
        || gst_voice_event_is (event, "idle"))
      take_busy_locked (self, gst_voice_structure_string (s, "by"),
          gst_voice_event_is (event, "busy"));
    caller_core_agent_idle (self->core, !self->busy && !self->tools, now);
  }
  g_mutex_unlock (&self->lock);
  gst_event_unref (event);
  return FALSE;
}

static gboolean
src_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, TRUE, FRAME, GST_CLOCK_TIME_NONE);
  return TRUE;
}

static void
start (GstVoiceCallerSrc * self)
{
  GST_OBJECT_LOCK (self);
  self->left = self->num_buffers;
  GST_OBJECT_UNLOCK (self);
  g_mutex_lock (&self->lock);
  if (self->core)
    caller_core_start (self->core, self->rate);
  self->busy = 0;
  self->tools = 0;
  self->due = self->stopped = FALSE;
  g_mutex_unlock (&self->lock);
  self->next = 0;
  self->announced = FALSE;
}

static void
set_playing (GstVoiceCallerSrc * self, gboolean playing)
{
  g_mutex_lock (&self->lock);
  self->playing = playing;
  g_mutex_unlock (&self->lock);
  if (playing)
    gst_voice_alarm_call_soon (self->alarm, GST_ELEMENT (self));
  else
    gst_voice_alarm_clear (self->alarm);
}

static void
stop (GstVoiceCallerSrc * self)
{
  GstVoiceToken *token;

  gst_voice_alarm_clear (self->alarm);
  g_mutex_lock (&self->lock);
  /* An alarm that is being delivered takes no token any more. */
  self->stopped = TRUE;
  token = g_steal_pointer (&self->token);
  g_mutex_unlock (&self->lock);
  gst_voice_token_unref (token);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceCallerSrc *self = GST_VOICE_CALLER_SRC (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !open_caller (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    start (self);
  else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    set_playing (self, FALSE);
  ret = GST_ELEMENT_CLASS (gst_voice_caller_src_parent_class)->change_state
      (element, transition);
  if (ret == GST_STATE_CHANGE_FAILURE)
    return ret;
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      return GST_STATE_CHANGE_NO_PREROLL;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      set_playing (self, TRUE);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      stop (self);
      break;
    case GST_STATE_CHANGE_READY_TO_NULL:
      close_caller (self);
      break;
    default:
      break;
  }
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceCallerSrc *self = GST_VOICE_CALLER_SRC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LOCATION:
      g_free (self->location);
      self->location = g_value_dup_string (value);
      break;
    case PROP_SCRIPT:
      g_free (self->script);
      self->script = g_value_dup_string (value);
      break;
    case PROP_RATE:
      self->set_rate = g_value_get_uint (value);
      break;
    case PROP_VOICE:
      g_free (self->voice);
      self->voice = g_value_dup_string (value);
      break;
    case PROP_NUM_BUFFERS:
      self->num_buffers = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceCallerSrc *self = GST_VOICE_CALLER_SRC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LOCATION:
      g_value_set_string (value, self->location);
      break;
    case PROP_SCRIPT:
      g_value_set_string (value, self->script);
      break;
    case PROP_RATE:
      g_value_set_uint (value, self->set_rate);
      break;
    case PROP_VOICE:
      g_value_set_string (value, self->voice);
      break;
    case PROP_NUM_BUFFERS:
      g_value_set_int (value, self->num_buffers);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceCallerSrc *self = GST_VOICE_CALLER_SRC (object);

  gst_voice_alarm_free (self->alarm);
  close_caller (self);
  g_free (self->location);
  g_free (self->script);
  g_free (self->voice);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (gst_voice_caller_src_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceCallerSrc:location:
   *
   * A caller file (`*.caller`) or a WAV file; silence without one.
   */
  props[PROP_LOCATION] = g_param_spec_string ("location", "Location",
      "A caller file (*.caller) or a WAV file; silence without one", NULL,
      flags);
  /**
   * GstVoiceCallerSrc:script:
   *
   * The lines of a caller file themselves, in place of a location.
   */
  props[PROP_SCRIPT] = g_param_spec_string ("script", "Script",
      "The lines of a caller file, in place of a location", NULL, flags);
  /**
   * GstVoiceCallerSrc:rate:
   *
   * Sampling rate of the output in Hz.
   */
  props[PROP_RATE] = g_param_spec_uint ("rate", "Rate",
      "Sampling rate of the output in Hz", 8000, 48000, DEFAULT_RATE, flags);
  /**
   * GstVoiceCallerSrc:voice:
   *
   * The voice of `flitetts` for lines that do not name one.
   */
  props[PROP_VOICE] = g_param_spec_string ("voice", "Voice",
      "The voice of flitetts for lines that do not name one", DEFAULT_VOICE,
      flags);
  /**
   * GstVoiceCallerSrc:num-buffers:
   *
   * How many frames of 20 ms come before EOS; negative for any number.
   */
  props[PROP_NUM_BUFFERS] = g_param_spec_int ("num-buffers", "Buffers",
      "How many frames of 20 ms come before EOS (-1 = any)", -1, G_MAXINT, -1,
      flags);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_caller_src_class_init (GstVoiceCallerSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Caller",
      "Source/Audio", "Says what a file says, relative to what the agent does",
      "gst-voice");
}

static void
gst_voice_caller_src_init (GstVoiceCallerSrc * self)
{
  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_activatemode_function (self->srcpad,
      GST_DEBUG_FUNCPTR (src_activate_mode));
  gst_pad_set_event_function (self->srcpad, GST_DEBUG_FUNCPTR (src_event));
  gst_pad_set_query_function (self->srcpad, GST_DEBUG_FUNCPTR (src_query));
  gst_pad_use_fixed_caps (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->flushing = TRUE;
  self->alarm = gst_voice_alarm_new (GST_VOICE_ALARM_SOURCE, wake, self);
  self->set_rate = DEFAULT_RATE;
  self->voice = g_strdup (DEFAULT_VOICE);
  self->num_buffers = -1;
}
