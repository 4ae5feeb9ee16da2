/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-toolcall
 * @title: toolcall
 *
 * Runs the tools that a language model calls. Text passes, and so does the
 * sound of a model that speaks itself; `voice/tool-call` ends here, and its
 * result goes back upstream as `voice/tool-result`. docs/tools.md describes the
 * tools and what a service has to answer.
 *
 * - It tells the model which tools there are (query `voice/tools`).
 * - Arguments are checked against the tool's schema; what does not fit goes
 *   back to the model.
 * - All calls of one answer run at the same time. A call of a turn that is only
 *   proposed waits for `voice/commit`.
 * - Keys that the caller presses (`voice/dtmf`) go to a `collect_digits` that
 *   waits for them; `send_dtmf` presses keys for the other side
 *   (`voice/send-dtmf`).
 * - `voice/interrupt` takes reads back. A write that has begun is finished and
 *   reported, even if the call ends meanwhile; its line is in the journal, on
 *   the disk, before it begins.
 * - What is wrong with a service is told as `voice/fault` and a WARNING; the
 *   model is told in plain words.
 * - While a tool runs `voice/busy` and `voice/idle` go upstream, with the
 *   filler that `turn` says if it takes long. Without a `turn` the element asks
 *   for the filler itself.
 *
 * Timeouts, fillers and simulated tools go by the pipeline's clock.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m filesrc location=/etc/os-release num-buffers=1 ! \
 *   text/x-raw,format=utf8 ! \
 *   scriptllm script-text='{"else": {"say": "Goodbye.", "end": true}}' ! \
 *   toolcall tools='[{"name": "end_call", "kind": "builtin"}]' ! \
 *   fakesink
 * ]|
 * The script ends the call whatever is said; the messages show what came of
 * it.
 */
/*
 * Threads: text, calls and commits come in the streaming thread, interruptions
 * in any, alarms in the clock's, which hands them on; see tool-runner.c.
 * Locks: the object lock guards the settings; the runner has its own.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gsttoolcall.h"
#include "tool-runner.h"

#include <gst-voice/error.h>
#include <gst-voice/events.h>
#include <gst-voice/io.h>
#include <string.h>

GST_DEBUG_CATEGORY (toolcall_debug);
#define GST_CAT_DEFAULT toolcall_debug

#define DEFAULT_TIMEOUT 20000
#define DEFAULT_FILLER_AFTER -1

struct _GstVoiceToolCall
{
  GstBaseTransform parent;

  /* set once in init */
  GstVoiceAlarm *answers, *deadlines;
  ToolRunner *runner;

  /* state changes only */
  GstVoiceSession *session;
  gboolean has_network;

  /* object lock */
  gchar *tools, *mocks, *filler;
  guint timeout;                /* ms */
  gint filler_after;            /* ms, or -1 */
};

enum
{
  PROP_TOOLS = 1,
  PROP_MOCKS,
  PROP_TIMEOUT,
  PROP_FILLER,
  PROP_FILLER_AFTER,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8; audio/x-raw"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8; audio/x-raw"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceToolCall, gst_voice_tool_call,
    GST_TYPE_BASE_TRANSFORM, GST_DEBUG_CATEGORY_INIT (toolcall_debug,
        "toolcall", 0, "tools of language models"));
GST_ELEMENT_REGISTER_DEFINE (toolcall, "toolcall", GST_RANK_NONE,
    GST_TYPE_VOICE_TOOL_CALL);

/* Only takes note: this is the thread of the clock. */
static void
answer_due (gpointer owner)
{
  tool_runner_wake (GST_VOICE_TOOL_CALL (owner)->runner, FALSE);
}

static void
deadline_due (gpointer owner)
{
  tool_runner_wake (GST_VOICE_TOOL_CALL (owner)->runner, TRUE);
}

static gboolean
sink_event (GstBaseTransform * trans, GstEvent * event)
{
  GstVoiceToolCall *self = GST_VOICE_TOOL_CALL (trans);
  const GstStructure *s = gst_voice_event_parse (event);
  guint turn = 0;
  GPtrArray *obsolete;
  gboolean ok;

  if (s && gst_voice_event_is (event, "tool-call")) {
    tool_runner_call (self->runner, s);
    gst_event_unref (event);
    return TRUE;
  }
  if (s && gst_voice_event_is (event, "dtmf"))
    tool_runner_key (self->runner, g_ascii_toupper
        (*gst_voice_structure_string (s, "digit")));
  if (s && gst_voice_event_is (event, "commit"))
    turn = gst_voice_structure_uint (s, "turn");
  obsolete = tool_runner_obsolete (self->runner, event);
  ok = GST_BASE_TRANSFORM_CLASS (gst_voice_tool_call_parent_class)->sink_event
      (trans, event);
  tool_runner_drop (self->runner, obsolete);
  if (turn)
    tool_runner_commit (self->runner, turn);
  return ok;
}

static gboolean
src_event (GstBaseTransform * trans, GstEvent * event)
{
  GstVoiceToolCall *self = GST_VOICE_TOOL_CALL (trans);
  const GstStructure *s = gst_voice_event_parse (event);
  gboolean busy = s && gst_voice_event_is (event, "busy");

  if (s && (busy || gst_voice_event_is (event, "idle"))
      && strcmp (gst_voice_structure_string (s, "by"), "playout") == 0)
    tool_runner_agent_speaks (self->runner, busy);
  return GST_BASE_TRANSFORM_CLASS (gst_voice_tool_call_parent_class)->src_event
      (trans, event);
}

static gboolean
query (GstBaseTransform * trans, GstPadDirection direction, GstQuery * q)
{
  GstVoiceToolCall *self = GST_VOICE_TOOL_CALL (trans);
  gchar *tools = NULL;

  if (direction == GST_PAD_SINK && gst_voice_query_is (q, "tools"))
    tools = tool_runner_tools (self->runner);
  if (!tools)
    return GST_BASE_TRANSFORM_CLASS (gst_voice_tool_call_parent_class)->query
        (trans, direction, q);
  gst_structure_set (gst_query_writable_structure (q), "tools", G_TYPE_STRING,
      tools, NULL);
  g_free (tools);
  return TRUE;
}

static JsonNode *
read_mocks (const gchar * text, GError ** error)
{
  JsonNode *mocks = gst_voice_json_parse (text, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, error);

  if (mocks && !JSON_NODE_HOLDS_OBJECT (mocks)) {
    g_clear_pointer (&mocks, json_node_unref);
    g_set_error_literal (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
        "mocks is not an object");
  }
  return mocks;
}

/* Those of the property, else the persona's. */
static Toolbox *
load_tools (GstVoiceToolCall * self, GError ** error)
{
  GstVoicePersona *persona = NULL;
  JsonNode *mocks = NULL;
  Toolbox *box = NULL;
  gchar *tools, *answers;

  GST_OBJECT_LOCK (self);
  tools = g_strdup (self->tools);
  answers = g_strdup (self->mocks);
  GST_OBJECT_UNLOCK (self);
  if (tools)
    persona = gst_voice_persona_new_from_tools (tools, -1, "tools", ".", error);
  else
    persona = gst_voice_session_get_persona (self->session);
  if (answers && (persona || !tools))
    mocks = read_mocks (answers, error);
  if ((persona || !tools) && (mocks || !answers))
    box = toolbox_new (persona, mocks, error);
  g_clear_pointer (&mocks, json_node_unref);
  g_free (answers);
  g_clear_pointer (&persona, gst_voice_persona_unref);
  g_free (tools);
  return box;
}

static void
read_settings (GstVoiceToolCall * self, ToolRunnerSettings * settings)
{
  GST_OBJECT_LOCK (self);
  settings->timeout = self->timeout * GST_MSECOND;
  settings->filler_after = self->filler_after < 0 ? GST_CLOCK_TIME_NONE :
      self->filler_after * GST_MSECOND;
  settings->fillers = self->filler && *self->filler ?
      g_strsplit (self->filler, "|", -1) : NULL;
  GST_OBJECT_UNLOCK (self);
}

static gboolean
start (GstVoiceToolCall * self)
{
  ToolRunnerSettings settings;
  GError *error = NULL;
  Toolbox *box = load_tools (self, &error);

  if (!box) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("the tools cannot be used: "
            "%s", error->message), (NULL));
    g_error_free (error);
    return FALSE;
  }
  self->has_network = toolbox_uses_network (box);
  if (self->has_network)
    gst_voice_io_ref ();
  read_settings (self, &settings);
  tool_runner_start (self->runner, self->session, box, &settings);
  g_strfreev (settings.fillers);
  return TRUE;
}

static void
stop (GstVoiceToolCall * self)
{
  tool_runner_stop (self->runner);
  if (self->has_network)
    gst_voice_io_unref ();
  self->has_network = FALSE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceToolCall *self = GST_VOICE_TOOL_CALL (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY)
    self->session = gst_voice_session_obtain (element);
  else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    tool_runner_set_playing (self->runner, FALSE);

  ret = GST_ELEMENT_CLASS (gst_voice_tool_call_parent_class)->change_state
      (element, transition);
  if (ret == GST_STATE_CHANGE_FAILURE
      && transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    stop (self);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    tool_runner_set_playing (self->runner, TRUE);
  else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    stop (self);
  else if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    tool_runner_forget (self->runner);
    g_clear_object (&self->session);
  }
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceToolCall *self = GST_VOICE_TOOL_CALL (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_TOOLS:
      g_free (self->tools);
      self->tools = g_value_dup_string (value);
      break;
    case PROP_MOCKS:
      g_free (self->mocks);
      self->mocks = g_value_dup_string (value);
      break;
    case PROP_TIMEOUT:
      self->timeout = g_value_get_uint (value);
      break;
    case PROP_FILLER:
      g_free (self->filler);
      self->filler = g_value_dup_string (value);
      break;
    case PROP_FILLER_AFTER:
      self->filler_after = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceToolCall *self = GST_VOICE_TOOL_CALL (object);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, tool_runner_stats (self->runner));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_TOOLS:
      g_value_set_string (value, self->tools);
      break;
    case PROP_MOCKS:
      g_value_set_string (value, self->mocks);
      break;
    case PROP_TIMEOUT:
      g_value_set_uint (value, self->timeout);
      break;
    case PROP_FILLER:
      g_value_set_string (value, self->filler);
      break;
    case PROP_FILLER_AFTER:
      g_value_set_int (value, self->filler_after);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceToolCall *self = GST_VOICE_TOOL_CALL (object);

  gst_voice_alarm_free (self->answers);
  gst_voice_alarm_free (self->deadlines);
  tool_runner_free (self->runner);
  g_clear_object (&self->session);
  g_free (self->tools);
  g_free (self->mocks);
  g_free (self->filler);
  G_OBJECT_CLASS (gst_voice_tool_call_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceToolCall:tools:
   *
   * The tools, as a JSON array in the form of a persona's `tools`. The
   * persona's, if it is not set.
   */
  props[PROP_TOOLS] = g_param_spec_string ("tools", "Tools",
      "The tools, a JSON array as in a persona", NULL, flags);
  /**
   * GstVoiceToolCall:mocks:
   *
   * What tools answer in a test, as the `tools` of a scenario (JSON; see
   * docs/evaluation.md). If it is set, no tool asks a service.
   */
  props[PROP_MOCKS] = g_param_spec_string ("mocks", "Mocks",
      "What tools answer in a test, a JSON object as in a scenario", NULL,
      flags);
  /**
   * GstVoiceToolCall:timeout:
   *
   * After how long the model is told that a tool has not answered, in ms; for
   * tools that name no timeout of their own.
   */
  props[PROP_TIMEOUT] = g_param_spec_uint ("timeout", "Timeout",
      "How long a tool may take, in ms", 1, 600000, DEFAULT_TIMEOUT, flags);
  /**
   * GstVoiceToolCall:filler:
   *
   * What is said while a tool is slow that names no filler of its own: texts
   * separated by `|`, one after the other.
   */
  props[PROP_FILLER] = g_param_spec_string ("filler", "Filler",
      "What is said while a tool is slow: texts separated by |", NULL, flags);
  /**
   * GstVoiceToolCall:filler-after:
   *
   * How long a tool may take before the filler is said, in ms, if it does not
   * say. -1 leaves it to `turn`; without one it is 1500.
   */
  props[PROP_FILLER_AFTER] = g_param_spec_int ("filler-after", "Filler after",
      "How long a tool may take before the filler is said, in ms (-1 = as turn "
      "has it, else 1500)", -1, 600000, DEFAULT_FILLER_AFTER, flags);
  /**
   * GstVoiceToolCall:stats:
   *
   * Counts of calls since the start: `calls` that were accepted, `unfinished`
   * ones, those with the outcomes `ok`, `invalid`, `error`, `timeout`,
   * `cancelled` and `late`, `dropped` ones of turns that were not committed,
   * and `duplicates`, which did not run.
   */
  props[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Counts of calls", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_tool_call_class_init (GstVoiceToolCallClass * klass)
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
  gst_element_class_set_static_metadata (element_class, "Tool calls",
      "Text/Filter", "Runs the tools that a language model calls", "gst-voice");
  trans_class->passthrough_on_same_caps = TRUE;
  trans_class->sink_event = GST_DEBUG_FUNCPTR (sink_event);
  trans_class->src_event = GST_DEBUG_FUNCPTR (src_event);
  trans_class->query = GST_DEBUG_FUNCPTR (query);
}

static void
gst_voice_tool_call_init (GstVoiceToolCall * self)
{
  self->timeout = DEFAULT_TIMEOUT;
  self->filler_after = DEFAULT_FILLER_AFTER;
  self->answers = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, answer_due, self);
  self->deadlines = gst_voice_alarm_new (GST_VOICE_ALARM_DEADLINE,
      deadline_due, self);
  self->runner = tool_runner_new (GST_ELEMENT (self),
      GST_BASE_TRANSFORM_SINK_PAD (self), self->answers, self->deadlines);
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
}
