/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-inactivity
 * @title: inactivity
 *
 * Asks a caller who has been silent for long whether he is still there, and
 * hangs up if he is. Silence counts only while nobody speaks, nothing plays and
 * no tool runs (docs/turn-taking.md, R16), and only as far as sound arrives:
 * on a dead line time stands still. While nobody is there to hear the agent
 * (`voice/far`) all time counts but what the caller says, and nothing is said.
 * Who writes or presses keys is not silent.
 *
 * Stands behind `vad` and in front of the recogniser. Sends `voice/say` and
 * `voice/hangup` downstream, and reports `voice/inactivity`.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m audiotestsrc num-buffers=20 wave=silence ! \
 *   inactivity timeout=100 ! fakesink
 * ]|
 */
/*
 * Threads: sound and what `vad` says in the streaming thread, what the agent
 * does in any.
 * Locks: `lock` guards the core and is a leaf; events are pushed without it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstinactivity.h"
#include "quiet-core.h"

#include <gst-voice/binding.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (inactivity_debug);
#define GST_CAT_DEFAULT inactivity_debug

#define DEFAULT_TIMEOUT 30000
#define DEFAULT_COUNT 1
#define DEFAULT_REMINDERS "Are you still there?"
#define DEFAULT_GOODBYE "I cannot hear you, so I will hang up now. Goodbye."

struct _GstVoiceInactivity
{
  GstBaseTransform parent;

  /* state changes only */
  GstVoiceSession *session;

  /* object lock */
  guint timeout, count;
  gchar *reminders, *goodbye;

  /* lock */
  GMutex lock;
  QuietCore core;
  GstClockTime position;        /* up to where sound has arrived */
  gboolean ending;              /* `voice/end` has been seen */
};

enum
{
  PROP_TIMEOUT = 1,
  PROP_COUNT,
  PROP_REMINDERS,
  PROP_GOODBYE,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const GstVoiceBinding bindings[] = {
  {"timeout", "limits.inactivity.timeout-ms"},
  {"count", "limits.inactivity.count"},
  {"reminders", "limits.inactivity.reminders"},
  {"goodbye", "limits.inactivity.goodbye"},
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceInactivity, gst_voice_inactivity,
    GST_TYPE_BASE_TRANSFORM, GST_DEBUG_CATEGORY_INIT (inactivity_debug,
        "inactivity", 0, "silent callers"));
GST_ELEMENT_REGISTER_DEFINE (inactivity, "inactivity", GST_RANK_NONE,
    GST_TYPE_VOICE_INACTIVITY);

static void
push (GstVoiceInactivity * self, GstStructure * s)
{
  gst_pad_push_event (GST_BASE_TRANSFORM_SRC_PAD (self),
      gst_voice_event_new (GST_VOICE_OOB, NULL, s));
}

static void
say (GstVoiceInactivity * self, const gchar * text, const gchar * source)
{
  if (text && *text)
    push (self, gst_voice_structure_new ("say", "text", text,
            "interruptible", TRUE, "source", source, "generation", 0u, NULL));
}

/* The texts are told in turn; the last one again if there are too few. */
static gchar *
reminder_text (GstVoiceInactivity * self, guint n)
{
  gchar **texts, *text;

  GST_OBJECT_LOCK (self);
  texts = g_strsplit (self->reminders ? self->reminders : "", "|", -1);
  GST_OBJECT_UNLOCK (self);
  text = g_strdup (g_strv_length (texts) == 0 ? "" :
      texts[MIN (n, g_strv_length (texts)) - 1]);
  g_strfreev (texts);
  return g_strstrip (text);
}

static void
report (GstVoiceInactivity * self, guint reminder, GstClockTime quiet)
{
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      gst_voice_structure_new ("inactivity", "reminder", reminder,
          "quiet", quiet, NULL));
}

/* Where nobody hears it, it would only be late when somebody does. */
static void
remind (GstVoiceInactivity * self, guint n, GstClockTime quiet, gboolean heard)
{
  gchar *text = reminder_text (self, n);

  report (self, n, quiet);
  if (heard)
    say (self, text, "reminder");
  g_free (text);
}

static void
hang_up (GstVoiceInactivity * self, GstClockTime quiet, gboolean heard)
{
  gchar *goodbye;

  GST_OBJECT_LOCK (self);
  goodbye = g_strdup (self->goodbye);
  GST_OBJECT_UNLOCK (self);
  report (self, 0, quiet);
  if (heard)
    say (self, goodbye, "goodbye");
  push (self, gst_voice_structure_new ("hangup", "reason", "inactivity",
          "by", "inactivity", "now", FALSE, NULL));
  g_free (goodbye);
}

static GstFlowReturn
transform_ip (GstBaseTransform * trans, GstBuffer * buffer)
{
  GstVoiceInactivity *self = GST_VOICE_INACTIVITY (trans);
  GstClockTime start = gst_segment_to_running_time (&trans->segment,
      GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  guint timeout, count, reminder;
  QuietAction action;
  gboolean ending, heard;

  if (!GST_CLOCK_TIME_IS_VALID (start)
      || !GST_BUFFER_DURATION_IS_VALID (buffer))
    return GST_FLOW_OK;
  GST_OBJECT_LOCK (self);
  timeout = self->timeout;
  count = self->count;
  GST_OBJECT_UNLOCK (self);

  g_mutex_lock (&self->lock);
  self->position = start + GST_BUFFER_DURATION (buffer);
  quiet_core_set (&self->core, timeout * GST_MSECOND, count);
  action = quiet_core_audio (&self->core, GST_BUFFER_DURATION (buffer));
  reminder = self->core.reminders_given;
  heard = !self->core.closed;
  ending = self->ending;
  g_mutex_unlock (&self->lock);

  if (ending)
    return GST_FLOW_EOS;
  if (action == QUIET_REMIND)
    remind (self, reminder, timeout * GST_MSECOND, heard);
  else if (action == QUIET_HANG_UP)
    hang_up (self, timeout * GST_MSECOND, heard);
  return GST_FLOW_OK;
}

static void
take_sound (GstVoiceInactivity * self, QuietSound sound, GstClockTime time)
{
  g_mutex_lock (&self->lock);
  if (GST_CLOCK_TIME_IS_VALID (time))
    quiet_core_sound (&self->core, sound,
        GST_CLOCK_DIFF (time, self->position));
  g_mutex_unlock (&self->lock);
}

/* Who writes or presses keys is there. */
static void
take_written (GstVoiceInactivity * self)
{
  g_mutex_lock (&self->lock);
  quiet_core_turn (&self->core);
  g_mutex_unlock (&self->lock);
}

static void
take_settings (GstVoiceInactivity * self)
{
  gst_voice_bindings_apply (GST_ELEMENT (self), self->session, bindings,
      G_N_ELEMENTS (bindings));
}

static gboolean
sink_event (GstBaseTransform * trans, GstEvent * event)
{
  static const struct
  {
    const gchar *name, *field;
    QuietSound sound;
  } sounds[] = {
    {"speech-start", "onset", QUIET_SOUND_START},
    {"speech-pause", "end", QUIET_SOUND_PAUSE},
    {"speech-more", "onset", QUIET_SOUND_MORE},
    {"speech-stop", "end", QUIET_SOUND_STOP},
  };
  const GstStructure *s = gst_voice_event_parse (event);

  for (guint i = 0; s && i < G_N_ELEMENTS (sounds); i++) {
    if (gst_voice_event_is (event, sounds[i].name))
      take_sound (GST_VOICE_INACTIVITY (trans), sounds[i].sound,
          gst_voice_structure_time (s, sounds[i].field));
  }
  if (s && (gst_voice_event_is (event, "typed")
          || gst_voice_event_is (event, "dtmf")))
    take_written (GST_VOICE_INACTIVITY (trans));
  else if (s && gst_voice_event_is (event, "participant"))
    take_settings (GST_VOICE_INACTIVITY (trans));
  return GST_BASE_TRANSFORM_CLASS
      (gst_voice_inactivity_parent_class)->sink_event (trans, event);
}

/* How long ago that was in the sound that has arrived. */
static gint64
ago_locked (GstVoiceInactivity * self, GstClockTime since)
{
  return GST_CLOCK_TIME_IS_VALID (since) ? GST_CLOCK_DIFF (since,
      self->position) : 0;
}

static void
take_busy_locked (GstVoiceInactivity * self, const GstStructure * s,
    gboolean busy)
{
  const gchar *by = gst_voice_structure_string (s, "by");
  gint64 ago = ago_locked (self, gst_voice_structure_time (s, "since"));

  if (strcmp (by, "tool") == 0)
    quiet_core_tool (&self->core, busy);
  else if (strcmp (by, "playout") == 0)
    quiet_core_playout (&self->core, busy);
  else if (busy)
    quiet_core_turn_busy (&self->core, ago);
  else
    quiet_core_turn_idle (&self->core, ago, gst_voice_structure_boolean (s,
            "reset"));
}

static gboolean
src_event (GstBaseTransform * trans, GstEvent * event)
{
  GstVoiceInactivity *self = GST_VOICE_INACTIVITY (trans);
  const GstStructure *s = gst_voice_event_parse (event);

  if (s) {
    g_mutex_lock (&self->lock);
    if (gst_voice_event_is (event, "busy"))
      take_busy_locked (self, s, TRUE);
    else if (gst_voice_event_is (event, "idle"))
      take_busy_locked (self, s, FALSE);
    else if (gst_voice_event_is (event, "turn"))
      quiet_core_turn (&self->core);
    else if (gst_voice_event_is (event, "heard"))
      quiet_core_heard (&self->core);
    else if (gst_voice_event_is (event, "far"))
      quiet_core_far (&self->core, gst_voice_structure_boolean (s, "open"));
    else if (gst_voice_event_is (event, "end"))
      self->ending = TRUE;
    g_mutex_unlock (&self->lock);
  }
  return GST_BASE_TRANSFORM_CLASS
      (gst_voice_inactivity_parent_class)->src_event (trans, event);
}

static gboolean
start (GstBaseTransform * trans)
{
  GstVoiceInactivity *self = GST_VOICE_INACTIVITY (trans);

  g_mutex_lock (&self->lock);
  quiet_core_init (&self->core, 0, 0);
  self->position = 0;
  self->ending = FALSE;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceInactivity *self = GST_VOICE_INACTIVITY (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    self->session = gst_voice_session_obtain (element);
    take_settings (self);
  }
  ret = GST_ELEMENT_CLASS (gst_voice_inactivity_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    g_clear_object (&self->session);
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceInactivity *self = GST_VOICE_INACTIVITY (object);

  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_TIMEOUT:
      self->timeout = g_value_get_uint (value);
      break;
    case PROP_COUNT:
      self->count = g_value_get_uint (value);
      break;
    case PROP_REMINDERS:
      g_free (self->reminders);
      self->reminders = g_value_dup_string (value);
      break;
    case PROP_GOODBYE:
      g_free (self->goodbye);
      self->goodbye = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceInactivity *self = GST_VOICE_INACTIVITY (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    case PROP_COUNT:
      g_value_set_uint (value, self->count);
      break;
    case PROP_REMINDERS:
      g_value_set_string (value, self->reminders);
      break;
    case PROP_GOODBYE:
      g_value_set_string (value, self->goodbye);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceInactivity *self = GST_VOICE_INACTIVITY (object);

  g_clear_object (&self->session);
  g_free (self->reminders);
  g_free (self->goodbye);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_voice_inactivity_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_PLAYING;

  /**
   * GstVoiceInactivity:timeout:
   *
   * How long nothing may be said, in ms; 0 switches the element off.
   */
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Timeout",
      "How long nothing may be said, in ms (0 = off)", 0, G_MAXUINT,
      DEFAULT_TIMEOUT, flags);
  /**
   * GstVoiceInactivity:count:
   *
   * How many reminders are given before hanging up.
   */
  props[PROP_COUNT] = g_param_spec_uint ("count", "Count",
      "How many reminders are given before hanging up", 0, 100, DEFAULT_COUNT,
      flags);
  /**
   * GstVoiceInactivity:reminders:
   *
   * What is said, one text for each reminder, separated by `|`.
   */
  props[PROP_REMINDERS] = g_param_spec_string ("reminders", "Reminders",
      "What is said, one text for each reminder, separated by |",
      DEFAULT_REMINDERS, flags);
  /**
   * GstVoiceInactivity:goodbye:
   *
   * What is said before hanging up.
   */
  props[PROP_GOODBYE] = g_param_spec_string ("goodbye", "Goodbye",
      "What is said before hanging up", DEFAULT_GOODBYE, flags);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_inactivity_class_init (GstVoiceInactivityClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Inactivity",
      "Filter/Analyzer/Audio", "Reminds silent callers, then hangs up",
      "gst-voice");
  trans_class->passthrough_on_same_caps = TRUE;
  trans_class->transform_ip_on_passthrough = TRUE;
  trans_class->transform_ip = GST_DEBUG_FUNCPTR (transform_ip);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (sink_event);
  trans_class->src_event = GST_DEBUG_FUNCPTR (src_event);
  trans_class->start = GST_DEBUG_FUNCPTR (start);
}

static void
gst_voice_inactivity_init (GstVoiceInactivity * self)
{
  g_mutex_init (&self->lock);
  self->timeout = DEFAULT_TIMEOUT;
  self->count = DEFAULT_COUNT;
  self->reminders = g_strdup (DEFAULT_REMINDERS);
  self->goodbye = g_strdup (DEFAULT_GOODBYE);
}
