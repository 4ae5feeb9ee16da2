/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-sessionlimit
 * @title: sessionlimit
 *
 * Ends a call that has lasted long enough or used enough: warns the model (and
 * the caller) before, says goodbye, and stops hard if that takes too long. It
 * passes any stream on and may stand anywhere; in front of `turn` its words
 * take their place among the others.
 *
 * Budgets beside time: tokens, tool calls, cost, and the same reply again and
 * again. Sends `voice/note`, `voice/say` and `voice/hangup`, and reports
 * `voice/session-limit`.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m audiotestsrc is-live=true num-buffers=20 ! \
 *   sessionlimit limit=200 warning=100 ! fakesink
 * ]|
 */
/*
 * Threads: the alarm comes on the clock's thread, which hands its work to
 * GStreamer's pool; budgets are looked at in the streaming thread; upstream
 * events come in any.
 * Locks: `acting` is held while the pool works for us, so that leaving PLAYING
 * waits for that; `lock` guards what has been done and is a leaf; events are
 * pushed without it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstsessionlimit.h"

#include <gst-voice/binding.h>
#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (sessionlimit_debug);
#define GST_CAT_DEFAULT sessionlimit_debug

#define DEFAULT_LIMIT 900000
#define DEFAULT_WARNING 60000
#define DEFAULT_HARD 15000
#define DEFAULT_NOTE "The call will be ended soon. Come to an end now."
#define DEFAULT_GOODBYE "I am sorry, our time is up. Goodbye."
#define DEFAULT_SAME_REPLY 3

typedef struct
{
  guint limit, warning, hard;   /* ms */
  guint tokens, tool_calls, same_reply;
  gdouble cost;
  gchar *note, *say, *goodbye;
} Settings;

typedef enum
{
  STEP_WARNING,
  STEP_GOODBYE,
  STEP_HARD,
  STEP_OVER,
} Step;

struct _GstVoiceSessionLimit
{
  GstBaseTransform parent;

  GstVoiceAlarm *alarm;         /* set once in init */
  GstVoiceSession *session;     /* state changes only */
  Settings set;                 /* object lock */

  /* acting, outside `lock` */
  GMutex acting;
  gboolean playing;

  /* lock */
  GMutex lock;
  Step step;                    /* the next one */
  GstClockTime hard_at;         /* when STEP_HARD is due */
  const gchar *what;            /* has come to its limit */
  guint reply_speech;           /* the latest reply */
  gchar *last_reply;
  guint repeated;
  gboolean ending;              /* `voice/end` has been seen */
};

enum
{
  PROP_LIMIT = 1,
  PROP_WARNING,
  PROP_HARD,
  PROP_NOTE,
  PROP_SAY,
  PROP_GOODBYE,
  PROP_TOKENS,
  PROP_TOOL_CALLS,
  PROP_COST,
  PROP_SAME_REPLY,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const GstVoiceBinding bindings[] = {
  {"limit", "limits.session.limit-ms"},
  {"warning", "limits.session.warning-ms"},
  {"hard", "limits.session.hard-ms"},
  {"note", "limits.session.note"},
  {"say", "limits.session.say"},
  {"goodbye", "limits.session.goodbye"},
  {"tokens", "limits.budget.tokens"},
  {"tool-calls", "limits.budget.tool-calls"},
  {"cost", "limits.budget.cost"},
  {"same-reply", "limits.budget.same-reply"},
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceSessionLimit, gst_voice_session_limit,
    GST_TYPE_BASE_TRANSFORM, GST_DEBUG_CATEGORY_INIT (sessionlimit_debug,
        "sessionlimit", 0, "long calls"));
GST_ELEMENT_REGISTER_DEFINE (sessionlimit, "sessionlimit", GST_RANK_NONE,
    GST_TYPE_VOICE_SESSION_LIMIT);

static void
settings_copy (GstVoiceSessionLimit * self, Settings * copy)
{
  GST_OBJECT_LOCK (self);
  *copy = self->set;
  copy->note = g_strdup (self->set.note);
  copy->say = g_strdup (self->set.say);
  copy->goodbye = g_strdup (self->set.goodbye);
  GST_OBJECT_UNLOCK (self);
}

static void
settings_clear (Settings * settings)
{
  g_free (settings->note);
  g_free (settings->say);
  g_free (settings->goodbye);
}

/* To `turn`, wherever it is; without one to whatever speaks downstream. */
static void
push (GstVoiceSessionLimit * self, GstStructure * s, gboolean upstream)
{
  gst_pad_push_event (upstream ? GST_BASE_TRANSFORM_SINK_PAD (self) :
      GST_BASE_TRANSFORM_SRC_PAD (self), gst_voice_event_new (upstream ?
          GST_VOICE_UPSTREAM : GST_VOICE_OOB, NULL, s));
}

static gboolean
turn_is_upstream (GstVoiceSessionLimit * self)
{
  GstQuery *query = gst_voice_query_new ("arbiter");
  gboolean yes = gst_pad_peer_query (GST_BASE_TRANSFORM_SINK_PAD (self),
      query);

  gst_query_unref (query);
  return yes;
}

static void
push_say (GstVoiceSessionLimit * self, const gchar * text,
    gboolean interruptible, const gchar * source, gboolean upstream)
{
  if (text && *text)
    push (self, gst_voice_structure_new ("say", "text", text,
            "interruptible", interruptible, "source", source,
            "generation", 0u, NULL), upstream);
}

/* Both ways, for the model may stand on either side. */
static void
push_note (GstVoiceSessionLimit * self, const gchar * text)
{
  for (guint upstream = FALSE; text && *text && upstream <= TRUE; upstream++)
    push (self, gst_voice_structure_new ("note", "text", text, NULL), upstream);
}

static void
push_hangup (GstVoiceSessionLimit * self, const gchar * reason, gboolean now,
    gboolean upstream)
{
  push (self, gst_voice_structure_new ("hangup", "reason", reason,
          "by", reason, "now", now, NULL), upstream);
}

static void
report (GstVoiceSessionLimit * self, const gchar * what, const gchar * stage)
{
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      gst_voice_structure_new ("session-limit", "what", what, "stage", stage,
          NULL));
}

static void
warn (GstVoiceSessionLimit * self, const Settings * set)
{
  report (self, "time", "warning");
  push_note (self, set->note);
  push_say (self, set->say, TRUE, "say", turn_is_upstream (self));
}

static const gchar *
reason_of (const gchar * what)
{
  return strcmp (what, "time") == 0 ? "limit" : "budget";
}

static void
say_goodbye (GstVoiceSessionLimit * self, const Settings * set,
    const gchar * what)
{
  gboolean upstream = turn_is_upstream (self);

  report (self, what, "goodbye");
  push_say (self, set->goodbye, FALSE, "goodbye", upstream);
  push_hangup (self, reason_of (what), FALSE, upstream);
}

/* Nothing may wait for anybody any more: playout ends at once, and if there is
 * none the next buffer does. */
static void
stop_hard (GstVoiceSessionLimit * self)
{
  const gchar *what;

  g_mutex_lock (&self->lock);
  what = self->what;
  self->ending = TRUE;
  g_mutex_unlock (&self->lock);
  report (self, what, "hard");
  push_hangup (self, reason_of (what), TRUE, turn_is_upstream (self));
}

static GstClockTime
due_locked (GstVoiceSessionLimit * self, const Settings * set)
{
  GstClockTime limit = set->limit * GST_MSECOND;
  GstClockTime warning = MIN (set->warning, set->limit) * GST_MSECOND;

  if (self->step == STEP_HARD)
    return self->hard_at;
  if (set->limit == 0 || self->step == STEP_OVER)
    return GST_CLOCK_TIME_NONE;
  return self->step == STEP_WARNING ? limit - warning : limit;
}

static void
arm (GstVoiceSessionLimit * self, const Settings * set)
{
  GstClockTime due;

  g_mutex_lock (&self->lock);
  due = due_locked (self, set);
  g_mutex_unlock (&self->lock);
  if (GST_CLOCK_TIME_IS_VALID (due))
    gst_voice_alarm_set_running (self->alarm, GST_ELEMENT (self), due);
  else
    gst_voice_alarm_clear (self->alarm);
}

/* The step that is due, and the one after it. STEP_OVER if none is. */
static Step
take_step (GstVoiceSessionLimit * self, const Settings * set, GstClockTime now)
{
  Step step = STEP_OVER;
  GstClockTime due;

  g_mutex_lock (&self->lock);
  due = due_locked (self, set);
  if (GST_CLOCK_TIME_IS_VALID (due) && due <= now) {
    step = self->step++;
    if (step == STEP_GOODBYE) {
      self->hard_at = now + set->hard * GST_MSECOND;
      self->what = "time";
    }
  }
  g_mutex_unlock (&self->lock);
  return step;
}

static void
act (GstVoiceSessionLimit * self)
{
  GstClockTime now = gst_element_get_current_running_time (GST_ELEMENT (self));
  Settings set;

  settings_copy (self, &set);
  switch (GST_CLOCK_TIME_IS_VALID (now) ? take_step (self, &set, now) :
      STEP_OVER) {
    case STEP_WARNING:
      if (set.warning > 0)
        warn (self, &set);
      break;
    case STEP_GOODBYE:
      say_goodbye (self, &set, "time");
      break;
    case STEP_HARD:
      stop_hard (self);
      break;
    case STEP_OVER:
      break;
  }
  arm (self, &set);
  settings_clear (&set);
}

static void
time_has_come (GstElement * element, gpointer token)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (element);

  g_mutex_lock (&self->acting);
  if (self->playing)
    act (self);
  g_mutex_unlock (&self->acting);
}

static void
set_playing (GstVoiceSessionLimit * self, gboolean playing)
{
  g_mutex_lock (&self->acting);
  self->playing = playing;
  g_mutex_unlock (&self->acting);
}

/* In a thread of GStreamer's pool, before simulated time goes on. */
static void
call_soon (GstVoiceSessionLimit * self, GstElementCallAsyncFunc func)
{
  GstElement *element = GST_ELEMENT (self);
  GstClock *clock = gst_element_get_clock (element);

  gst_element_call_async (element, func, gst_voice_token_new (clock),
      (GDestroyNotify) gst_voice_token_unref);
  gst_clear_object (&clock);
}

static void
alarm_came (gpointer owner)
{
  call_soon (owner, time_has_come);
}

/* The budget that is used up, or NULL. */
static const gchar *
used_up (GstVoiceSessionLimit * self)
{
  guint tokens, tool_calls, same_reply, repeated;
  GstVoiceUsage usage;
  gdouble cost;

  gst_voice_session_get_usage (self->session, &usage);
  GST_OBJECT_LOCK (self);
  tokens = self->set.tokens;
  tool_calls = self->set.tool_calls;
  cost = self->set.cost;
  same_reply = self->set.same_reply;
  GST_OBJECT_UNLOCK (self);
  g_mutex_lock (&self->lock);
  repeated = self->repeated;
  g_mutex_unlock (&self->lock);

  if (tokens && usage.tokens_in + usage.tokens_out >= tokens)
    return "tokens";
  if (tool_calls && usage.tool_calls >= tool_calls)
    return "tool-calls";
  if (cost > 0 && usage.cost >= cost)
    return "cost";
  return same_reply && repeated >= same_reply ? "same-reply" : NULL;
}

static void
check_budgets (GstVoiceSessionLimit * self)
{
  const gchar *what = used_up (self);
  GstClockTime now;
  gboolean first;
  Settings set;

  if (!what)
    return;
  now = gst_element_get_current_running_time (GST_ELEMENT (self));
  settings_copy (self, &set);
  g_mutex_lock (&self->lock);
  first = self->step < STEP_HARD;
  if (first) {
    self->step = STEP_HARD;
    self->hard_at = now + set.hard * GST_MSECOND;
    self->what = what;
  }
  g_mutex_unlock (&self->lock);
  if (first) {
    say_goodbye (self, &set, what);
    arm (self, &set);
  }
  settings_clear (&set);
}

/* A reply was heard to its end, and no text may come for long. */
static void
reply_was_heard (GstElement * element, gpointer token)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (element);

  g_mutex_lock (&self->acting);
  if (self->playing)
    check_budgets (self);
  g_mutex_unlock (&self->acting);
}

static GstFlowReturn
transform_ip (GstBaseTransform * trans, GstBuffer * buffer)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (trans);
  gboolean ending;

  check_budgets (self);
  g_mutex_lock (&self->lock);
  ending = self->ending;
  g_mutex_unlock (&self->lock);
  return ending ? GST_FLOW_EOS : GST_FLOW_OK;
}

/* How often in a row the caller has heard the same reply. Whether this was one.
 */
static gboolean
take_heard_locked (GstVoiceSessionLimit * self, const GstStructure * s)
{
  const gchar *text = gst_voice_structure_string (s, "text");

  if (gst_voice_structure_uint (s, "speech") != self->reply_speech || !*text
      || !gst_voice_structure_boolean (s, "complete"))
    return FALSE;
  self->repeated = g_strcmp0 (text, self->last_reply) == 0 ?
      self->repeated + 1 : 1;
  g_free (self->last_reply);
  self->last_reply = g_strdup (text);
  return TRUE;
}

/* There is nothing left to limit. @ending: nor to be let through. */
static void
end_call (GstVoiceSessionLimit * self, gboolean ending)
{
  g_mutex_lock (&self->lock);
  self->step = STEP_OVER;
  self->ending |= ending;
  g_mutex_unlock (&self->lock);
  gst_voice_alarm_clear (self->alarm);
}

/* The model tells of its speeches both ways. */
static void
note_speech (GstVoiceSessionLimit * self, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);

  if (!gst_voice_event_is (event, "speech")
      || strcmp (gst_voice_structure_string (s, "source"), "reply") != 0)
    return;
  g_mutex_lock (&self->lock);
  self->reply_speech = gst_voice_structure_uint (s, "speech");
  g_mutex_unlock (&self->lock);
}

static void
take_settings (GstVoiceSessionLimit * self)
{
  gst_voice_bindings_apply (GST_ELEMENT (self), self->session, bindings,
      G_N_ELEMENTS (bindings));
}

static gboolean
sink_event (GstBaseTransform * trans, GstEvent * event)
{
  note_speech (GST_VOICE_SESSION_LIMIT (trans), event);
  if (gst_voice_event_is (event, "participant"))
    take_settings (GST_VOICE_SESSION_LIMIT (trans));
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    end_call (GST_VOICE_SESSION_LIMIT (trans), FALSE);
  return GST_BASE_TRANSFORM_CLASS
      (gst_voice_session_limit_parent_class)->sink_event (trans, event);
}

static gboolean
src_event (GstBaseTransform * trans, GstEvent * event)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (trans);
  const GstStructure *s = gst_voice_event_parse (event);
  gboolean heard = FALSE;

  note_speech (self, event);
  if (gst_voice_event_is (event, "end")) {
    end_call (self, TRUE);
  } else if (gst_voice_event_is (event, "heard")) {
    g_mutex_lock (&self->lock);
    heard = take_heard_locked (self, s);
    g_mutex_unlock (&self->lock);
  }
  if (heard)
    call_soon (self, reply_was_heard);
  return GST_BASE_TRANSFORM_CLASS
      (gst_voice_session_limit_parent_class)->src_event (trans, event);
}

static gboolean
start (GstBaseTransform * trans)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (trans);

  g_mutex_lock (&self->lock);
  self->step = STEP_WARNING;
  self->repeated = self->reply_speech = 0;
  self->ending = FALSE;
  g_clear_pointer (&self->last_reply, g_free);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static void
rearm (GstVoiceSessionLimit * self)
{
  Settings set;

  settings_copy (self, &set);
  arm (self, &set);
  settings_clear (&set);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    self->session = gst_voice_session_obtain (element);
    take_settings (self);
  } else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED) {
    set_playing (self, FALSE);
    gst_voice_alarm_clear (self->alarm);
  }
  ret = GST_ELEMENT_CLASS (gst_voice_session_limit_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING) {
    set_playing (self, TRUE);
    rearm (self);
  } else if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    g_clear_object (&self->session);
  return ret;
}

static void
set_text (gchar ** text, const GValue * value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (object);
  Settings *set = &self->set;

  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LIMIT:
      set->limit = g_value_get_uint (value);
      break;
    case PROP_WARNING:
      set->warning = g_value_get_uint (value);
      break;
    case PROP_HARD:
      set->hard = g_value_get_uint (value);
      break;
    case PROP_NOTE:
      set_text (&set->note, value);
      break;
    case PROP_SAY:
      set_text (&set->say, value);
      break;
    case PROP_GOODBYE:
      set_text (&set->goodbye, value);
      break;
    case PROP_TOKENS:
      set->tokens = g_value_get_uint (value);
      break;
    case PROP_TOOL_CALLS:
      set->tool_calls = g_value_get_uint (value);
      break;
    case PROP_COST:
      set->cost = g_value_get_double (value);
      break;
    case PROP_SAME_REPLY:
      set->same_reply = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
  if (GST_STATE (self) == GST_STATE_PLAYING)
    rearm (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (object);
  const Settings *set = &self->set;

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_LIMIT:
      g_value_set_uint (value, set->limit);
      break;
    case PROP_WARNING:
      g_value_set_uint (value, set->warning);
      break;
    case PROP_HARD:
      g_value_set_uint (value, set->hard);
      break;
    case PROP_NOTE:
      g_value_set_string (value, set->note);
      break;
    case PROP_SAY:
      g_value_set_string (value, set->say);
      break;
    case PROP_GOODBYE:
      g_value_set_string (value, set->goodbye);
      break;
    case PROP_TOKENS:
      g_value_set_uint (value, set->tokens);
      break;
    case PROP_TOOL_CALLS:
      g_value_set_uint (value, set->tool_calls);
      break;
    case PROP_COST:
      g_value_set_double (value, set->cost);
      break;
    case PROP_SAME_REPLY:
      g_value_set_uint (value, set->same_reply);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceSessionLimit *self = GST_VOICE_SESSION_LIMIT (object);

  gst_voice_alarm_free (self->alarm);
  g_clear_object (&self->session);
  settings_clear (&self->set);
  g_free (self->last_reply);
  g_mutex_clear (&self->acting);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_voice_session_limit_parent_class)->finalize (object);
}

static GParamSpec *
uint_spec (const gchar * name, const gchar * nick, const gchar * blurb,
    guint fallback)
{
  return g_param_spec_uint (name, nick, blurb, 0, G_MAXUINT, fallback,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
}

static GParamSpec *
text_spec (const gchar * name, const gchar * nick, const gchar * blurb,
    const gchar * fallback)
{
  return g_param_spec_string (name, nick, blurb, fallback, G_PARAM_READWRITE |
      G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
}

static void
install_properties (GObjectClass * klass)
{
  /**
   * GstVoiceSessionLimit:limit:
   *
   * How long the call may last, in ms; 0 for as long as it likes.
   */
  props[PROP_LIMIT] = uint_spec ("limit", "Limit",
      "How long the call may last, in ms (0 = no limit)", DEFAULT_LIMIT);
  /**
   * GstVoiceSessionLimit:warning:
   *
   * How long before the limit model and caller are told, in ms; 0 for never.
   */
  props[PROP_WARNING] = uint_spec ("warning", "Warning",
      "How long before the limit it is told, in ms (0 = never)",
      DEFAULT_WARNING);
  /**
   * GstVoiceSessionLimit:hard:
   *
   * How long after the goodbye has been asked for the call is cut, in ms.
   */
  props[PROP_HARD] = uint_spec ("hard", "Hard stop",
      "How long the goodbye may take before the call is cut, in ms",
      DEFAULT_HARD);
  /**
   * GstVoiceSessionLimit:note:
   *
   * What the model is told at the warning.
   */
  props[PROP_NOTE] = text_spec ("note", "Note",
      "What the model is told at the warning", DEFAULT_NOTE);
  /**
   * GstVoiceSessionLimit:say:
   *
   * What the caller is told at the warning; nothing by default.
   */
  props[PROP_SAY] = text_spec ("say", "Say",
      "What the caller is told at the warning", NULL);
  /**
   * GstVoiceSessionLimit:goodbye:
   *
   * What is said at the limit; the caller cannot interrupt it.
   */
  props[PROP_GOODBYE] = text_spec ("goodbye", "Goodbye",
      "What is said at the limit", DEFAULT_GOODBYE);
  /**
   * GstVoiceSessionLimit:tokens:
   *
   * How many tokens language models may read and write; 0 for any number.
   */
  props[PROP_TOKENS] = uint_spec ("tokens", "Tokens",
      "How many tokens models may read and write (0 = any)", 0);
  /**
   * GstVoiceSessionLimit:tool-calls:
   *
   * How many tools may be called; 0 for any number.
   */
  props[PROP_TOOL_CALLS] = uint_spec ("tool-calls", "Tool calls",
      "How many tools may be called (0 = any)", 0);
  /**
   * GstVoiceSessionLimit:cost:
   *
   * What the providers may cost; 0 for anything.
   */
  props[PROP_COST] = g_param_spec_double ("cost", "Cost",
      "What the providers may cost (0 = anything)", 0, G_MAXDOUBLE, 0,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  /**
   * GstVoiceSessionLimit:same-reply:
   *
   * How often in a row the caller hears the same reply before the call is
   * ended; 0 for any number of times.
   */
  props[PROP_SAME_REPLY] = uint_spec ("same-reply", "Same reply",
      "How often in a row the same reply is heard (0 = any)",
      DEFAULT_SAME_REPLY);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_session_limit_class_init (GstVoiceSessionLimitClass * klass)
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
  gst_element_class_set_static_metadata (element_class, "Session limit",
      "Filter", "Ends calls that last too long or use too much", "gst-voice");
  trans_class->passthrough_on_same_caps = TRUE;
  trans_class->transform_ip_on_passthrough = TRUE;
  trans_class->transform_ip = GST_DEBUG_FUNCPTR (transform_ip);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (sink_event);
  trans_class->src_event = GST_DEBUG_FUNCPTR (src_event);
  trans_class->start = GST_DEBUG_FUNCPTR (start);
}

static void
gst_voice_session_limit_init (GstVoiceSessionLimit * self)
{
  g_mutex_init (&self->acting);
  g_mutex_init (&self->lock);
  self->alarm = gst_voice_alarm_new (GST_VOICE_ALARM_DEADLINE, alarm_came,
      self);
  self->set.limit = DEFAULT_LIMIT;
  self->set.warning = DEFAULT_WARNING;
  self->set.hard = DEFAULT_HARD;
  self->set.same_reply = DEFAULT_SAME_REPLY;
  self->set.note = g_strdup (DEFAULT_NOTE);
  self->set.goodbye = g_strdup (DEFAULT_GOODBYE);
}
