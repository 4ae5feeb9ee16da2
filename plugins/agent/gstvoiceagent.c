/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-voiceagent
 * @title: voiceagent
 *
 * A whole agent in one element: the caller's sound goes in, the agent's comes
 * out. What is between them the persona says (docs/persona.md): it names a
 * description, from which the bin is filled when it leaves NULL.
 *
 * In the description the element named `caller` takes the caller's sound, and
 * that named `agent` gives the agent's; without such names the only unlinked
 * pads are taken.
 *
 * The session belongs to this bin: two agents in one pipeline do not know of
 * each other. The last message of a call is `voice/ended`.
 *
 * What a source tells of the other side (`voice/participant`) is reported, and
 * makes variables of the call: `participant_identity`, `participant_name`,
 * `participant_kind`, and one for each attribute, `sip_phoneNumber` for
 * `sip.phoneNumber`. Those that the application, the persona or a tool has set
 * stay. That one has left ends nothing by itself; the source says when the call
 * is over.
 *
 * Action signals, from any thread: #GstVoiceAgent::say,
 * #GstVoiceAgent::interrupt, #GstVoiceAgent::hangup, #GstVoiceAgent::text.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 callersrc location=tests/data/callers/clinic.caller ! \
 *   voiceagent persona=pipelines/clinic.json ! fakesink
 * ]|
 */
/*
 * Threads: built and taken down in state changes; signals and events in any.
 * Locks: the object lock guards the settings and the reason of the end.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstvoiceagent.h"

#include "gstfallback.h"
#include "participant-variables.h"

#include <gst-voice/data.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (voiceagent_debug);
#define GST_CAT_DEFAULT voiceagent_debug

#define ENTRY "caller"
#define EXIT "agent"
#define RECORDER "rec"

struct _GstVoiceAgent
{
  GstBin parent;

  /* set once in init */
  GstPad *sinkpad, *srcpad;

  /* object lock */
  gchar *persona_path, *persona_text, *record;
  GstStructure *variables;
  GstVoiceSession *given;       /* by the application */
  gchar *end_reason;
  gboolean ended;

  /* state changes only, read by signals */
  GstVoiceSession *session;
  GstElement *content;

  /* streaming thread of the sink pad, but for state changes */
  ParticipantVariables *participant;
};

enum
{
  PROP_PERSONA = 1,
  PROP_PERSONA_TEXT,
  PROP_VARIABLES,
  PROP_SESSION,
  PROP_RECORD,
  N_PROPS
};

enum
{
  SIGNAL_SAY,
  SIGNAL_INTERRUPT,
  SIGNAL_HANGUP,
  SIGNAL_TEXT,
  N_SIGNALS
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("audio/x-raw"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceAgent, gst_voice_agent, GST_TYPE_BIN,
    GST_DEBUG_CATEGORY_INIT (voiceagent_debug, "voiceagent", 0,
        "a whole agent"));
GST_ELEMENT_REGISTER_DEFINE (voiceagent, "voiceagent", GST_RANK_NONE,
    GST_TYPE_VOICE_AGENT);

static GstVoicePersona *
load_persona (GstVoiceAgent * self, GError ** error)
{
  GstVoicePersona *persona = NULL;
  gchar *path, *text;

  GST_OBJECT_LOCK (self);
  path = g_strdup (self->persona_path);
  text = g_strdup (self->persona_text);
  GST_OBJECT_UNLOCK (self);
  if (text)
    persona = gst_voice_persona_new_from_json (text, -1, "persona-text", NULL,
        error);
  else if (path)
    persona = gst_voice_persona_load (path, error);
  else
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "no persona: set the property persona to the path of one");
  g_free (path);
  g_free (text);
  return persona;
}

static gboolean
take_variable (GQuark field, const GValue * value, gpointer session)
{
  gchar *text = G_VALUE_HOLDS_STRING (value) ? g_value_dup_string (value) :
      gst_value_serialize (value);

  gst_voice_session_set_variable (session, NULL, g_quark_to_string (field),
      text ? text : "");
  g_free (text);
  return TRUE;
}

static void
open_session (GstVoiceAgent * self, GstVoicePersona * persona)
{
  GstStructure *variables;

  GST_OBJECT_LOCK (self);
  self->session = self->given ? g_object_ref (self->given) : NULL;
  variables = self->variables ? gst_structure_copy (self->variables) : NULL;
  g_clear_pointer (&self->end_reason, g_free);
  self->ended = FALSE;
  GST_OBJECT_UNLOCK (self);
  if (!self->session)
    self->session = gst_voice_session_new (NULL);
  if (variables) {
    gst_structure_foreach (variables, take_variable, self->session);
    gst_structure_free (variables);
  }
  gst_voice_session_set_persona (self->session, persona);
  self->participant = participant_variables_new ();
}

typedef struct
{
  GstVoicePersona *persona;
  GstVoiceSession *session;
} Values;

/* What `${name}` is in a description: the persona's, then the call's. */
static gchar *
look_up (const gchar * name, gpointer data)
{
  Values *values = data;
  gchar *value = gst_voice_persona_get_value (values->persona, name);

  return value ? value : gst_voice_session_get_variable (values->session, name);
}

static GstElement *
build_content (GstVoiceAgent * self, GstVoicePersona * persona, GError ** error)
{
  Values values = { persona, self->session };
  GstVoiceDescription *description =
      gst_voice_description_load (gst_voice_persona_get_pipeline (persona),
      error);
  GstElement *content;

  if (!description)
    return NULL;
  content = gst_voice_description_build (description,
      GST_VOICE_DESCRIPTION_NONE, NULL, look_up, &values, error);
  gst_voice_description_unref (description);
  return content;
}

/* Of a fallback only it itself: its children's pads are not to be linked. */
static GstPad *
open_pad (GstElement * element, GstPadDirection direction)
{
  GstPad *found = NULL;

  for (GstObject * o = GST_OBJECT_PARENT (element); o; o = o->parent) {
    if (GST_IS_VOICE_FALLBACK (o))
      return NULL;
  }
  if (GST_IS_VOICE_FALLBACK (element))
    return gst_voice_fallback_get_open_pad (GST_VOICE_FALLBACK (element),
        direction);
  GST_OBJECT_LOCK (element);
  for (GList * l = element->pads; l && !found; l = l->next) {
    if (GST_PAD_DIRECTION (l->data) == direction
        && !GST_PAD_IS_LINKED (l->data))
      found = gst_object_ref (l->data);
  }
  GST_OBJECT_UNLOCK (element);
  return found;
}

/* (transfer full) (nullable) */
static GstPad *
find_open_pad (GstElement * content, GstPadDirection direction)
{
  GstIterator *it = gst_bin_iterate_recurse (GST_BIN (content));
  GValue item = G_VALUE_INIT;
  GstPad *pad = NULL;

  while (!pad && gst_iterator_next (it, &item) == GST_ITERATOR_OK) {
    pad = open_pad (g_value_get_object (&item), direction);
    g_value_reset (&item);
  }
  if (G_IS_VALUE (&item))
    g_value_unset (&item);
  gst_iterator_free (it);
  return pad;
}

/* The pad where the sound goes in or comes out. A tee gives a new one. */
static GstPad *
find_end (GstElement * content, const gchar * name, GstPadDirection direction)
{
  GstElement *element = gst_bin_get_by_name (GST_BIN (content), name);
  GstPad *pad;

  if (!element)
    return find_open_pad (content, direction);
  pad = direction == GST_PAD_SINK ?
      gst_element_get_static_pad (element, "sink") :
      gst_element_get_static_pad (element, "src");
  if (!pad && direction == GST_PAD_SRC)
    pad = gst_element_request_pad_simple (element, "src_%u");
  /* It is not open. */
  if (pad && gst_pad_is_linked (pad))
    gst_clear_object (&pad);
  gst_object_unref (element);
  return pad;
}

static gboolean
expose (GstVoiceAgent * self, const gchar * name, GstPadDirection direction,
    GstPad * outer, GError ** error)
{
  GstPad *pad = find_end (self->content, name, direction);
  GstPad *ghost;

  if (!pad) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD, "the description "
        "has no open %s for the sound: name an element '%s', such as "
        "`tee name=%s`", direction == GST_PAD_SINK ? "input" : "output", name,
        name);
    return FALSE;
  }
  ghost = gst_ghost_pad_new (GST_PAD_NAME (outer), pad);
  gst_object_unref (pad);
  gst_element_add_pad (self->content, ghost);
  if (!gst_ghost_pad_set_target (GST_GHOST_PAD (outer), ghost)) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_PAD,
        "the element '%s' of the description does not take sound", name);
    return FALSE;
  }
  return TRUE;
}

/* `turn` of the persona: properties of the element of that name. */
static gboolean
set_turn_property (GstElement * turn, GstVoicePersona * persona,
    const gchar * name, GError ** error)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (turn),
      name);
  gchar *path = g_strconcat ("turn.", name, NULL);
  gchar *text = gst_voice_persona_get_value (persona, path);
  GValue value = G_VALUE_INIT;
  gboolean ok = FALSE;

  if (pspec && text) {
    g_value_init (&value, pspec->value_type);
    ok = gst_value_deserialize_with_pspec (&value, text, pspec);
    if (ok)
      g_object_set_property (G_OBJECT (turn), name, &value);
    g_value_unset (&value);
  }
  if (!ok)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        pspec ? "the persona's turn.%s=%s is not a value for it" :
        "the persona's turn.%s is no property of turn (`gst-inspect-1.0 turn` "
        "lists them)", name, text);
  g_free (text);
  g_free (path);
  return ok;
}

static GstElement *
find_by_factory (GstElement * bin, const gchar * factory)
{
  GstIterator *it = gst_bin_iterate_all_by_element_factory_name (GST_BIN (bin),
      factory);
  GValue item = G_VALUE_INIT;
  GstElement *found = NULL;

  if (gst_iterator_next (it, &item) == GST_ITERATOR_OK)
    found = g_value_dup_object (&item);
  if (G_IS_VALUE (&item))
    g_value_unset (&item);
  gst_iterator_free (it);
  return found;
}

static gboolean
apply_turn (GstVoiceAgent * self, GstVoicePersona * persona, GError ** error)
{
  JsonNode *node = gst_voice_persona_get_node (persona, "turn");
  GstElement *turn = node ? find_by_factory (self->content, "turn") : NULL;
  JsonObjectIter iter;
  const gchar *name;
  gboolean ok = TRUE;

  if (!turn)
    return TRUE;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (ok && json_object_iter_next (&iter, &name, NULL))
    ok = set_turn_property (turn, persona, name, error);
  gst_object_unref (turn);
  return ok;
}

static gboolean
apply_record (GstVoiceAgent * self, GError ** error)
{
  GstElement *recorder;
  gchar *location;

  GST_OBJECT_LOCK (self);
  location = g_strdup (self->record);
  GST_OBJECT_UNLOCK (self);
  if (!location)
    return TRUE;
  recorder = gst_bin_get_by_name (GST_BIN (self->content), RECORDER);
  if (recorder)
    g_object_set (recorder, "location", location, NULL);
  else
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        "the call cannot be recorded: the description has no "
        "`callrecorder name=" RECORDER "`");
  gst_clear_object (&recorder);
  g_free (location);
  return !error || !*error;
}

static gboolean
fill (GstVoiceAgent * self, GstVoicePersona * persona, GError ** error)
{
  self->content = build_content (self, persona, error);
  if (!self->content)
    return FALSE;
  gst_bin_add (GST_BIN (self), self->content);
  return expose (self, ENTRY, GST_PAD_SINK, self->sinkpad, error)
      && expose (self, EXIT, GST_PAD_SRC, self->srcpad, error)
      && apply_turn (self, persona, error) && apply_record (self, error);
}

static void
empty (GstVoiceAgent * self)
{
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->sinkpad), NULL);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self->srcpad), NULL);
  if (self->content) {
    gst_element_set_state (self->content, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (self), self->content);
    self->content = NULL;
  }
  g_clear_pointer (&self->participant, participant_variables_free);
  g_clear_object (&self->session);
}

static gboolean
build (GstVoiceAgent * self)
{
  GError *error = NULL;
  GstVoicePersona *persona = load_persona (self, &error);

  if (persona) {
    open_session (self, persona);
    fill (self, persona, &error);
    gst_voice_persona_unref (persona);
  }
  if (!error)
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
  g_error_free (error);
  empty (self);
  return FALSE;
}

static void
report_start (GstVoiceAgent * self)
{
  GstVoicePersona *persona = gst_voice_session_get_persona (self->session);
  gchar *pipeline =
      g_path_get_basename (gst_voice_persona_get_pipeline (persona));

  gst_voice_session_report (self->session, GST_ELEMENT (self),
      gst_voice_structure_new ("agent", "persona",
          gst_voice_persona_get_string (persona, "name"),
          "pipeline", pipeline, NULL));
  g_free (pipeline);
  gst_voice_persona_unref (persona);
}

static void
note_end (GstVoiceAgent * self, const gchar * reason)
{
  GST_OBJECT_LOCK (self);
  if (!self->end_reason)
    self->end_reason = g_strdup (reason);
  GST_OBJECT_UNLOCK (self);
}

static void
report_end (GstVoiceAgent * self)
{
  gchar *reason;
  gboolean first;

  note_end (self, "disconnected");
  GST_OBJECT_LOCK (self);
  first = !self->ended;
  self->ended = TRUE;
  reason = g_strdup (self->end_reason);
  GST_OBJECT_UNLOCK (self);
  if (first) {
    gst_voice_session_end (self->session, GST_ELEMENT (self), reason);
    gst_voice_session_report (self->session, GST_ELEMENT (self),
        gst_voice_structure_new ("ended", "reason", reason, NULL));
  }
  g_free (reason);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceAgent *self = GST_VOICE_AGENT (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !build (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    report_start (self);
  ret = GST_ELEMENT_CLASS (gst_voice_agent_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    report_end (self);
  else if (transition == GST_STATE_CHANGE_READY_TO_NULL
      || (transition == GST_STATE_CHANGE_NULL_TO_READY
          && ret == GST_STATE_CHANGE_FAILURE))
    empty (self);
  return ret;
}

/* Children get this bin's session, and nobody outside hears of it. */
static void
handle_message (GstBin * bin, GstMessage * message)
{
  GstVoiceAgent *self = GST_VOICE_AGENT (bin);
  const gchar *type = NULL;
  GstContext *context;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_NEED_CONTEXT
      && gst_message_parse_context_type (message, &type)
      && strcmp (type, GST_VOICE_SESSION_CONTEXT) == 0) {
    context = gst_voice_session_to_context (self->session);
    gst_element_set_context (GST_ELEMENT (GST_MESSAGE_SRC (message)), context);
    gst_context_unref (context);
    gst_message_unref (message);
    return;
  }
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    note_end (self, "error");
  GST_BIN_CLASS (gst_voice_agent_parent_class)->handle_message (bin, message);
}

/* A session around this bin is not this bin's. */
static void
set_context (GstElement * element, GstContext * context)
{
  if (!gst_context_has_context_type (context, GST_VOICE_SESSION_CONTEXT))
    GST_ELEMENT_CLASS (gst_voice_agent_parent_class)->set_context (element,
        context);
}

static void
take_participant (GstVoiceAgent * self, const GstStructure * s)
{
  if (!self->session)
    return;
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      gst_structure_copy (s));
  participant_variables_take (self->participant, self->session,
      GST_ELEMENT (self), s);
}

/* Why the call ends: what playout says, or that the caller has left. And who
 * the other side is. */
static GstPadProbeReturn
watch_events (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (gst_voice_event_is (event, "end"))
    note_end (data, gst_voice_structure_string (gst_voice_event_parse (event),
            "reason"));
  else if (gst_voice_event_is (event, "disconnected"))
    note_end (data, "disconnected");
  else if (gst_voice_event_is (event, "participant"))
    take_participant (data, gst_voice_event_parse (event));
  return GST_PAD_PROBE_OK;
}

static void
send (GstVoiceAgent * self, GstStructure * s)
{
  gst_pad_send_event (self->sinkpad, gst_voice_event_new (GST_VOICE_OOB, NULL,
          s));
}

static void
do_say (GstVoiceAgent * self, const gchar * text, gboolean interruptible)
{
  send (self, gst_voice_structure_new ("say", "text", text,
          "interruptible", interruptible, "source", "say", NULL));
}

static void
do_interrupt (GstVoiceAgent * self, gboolean force)
{
  send (self, gst_voice_structure_new ("action", "what", "interrupt",
          "force", force, NULL));
}

static void
do_hangup (GstVoiceAgent * self, const gchar * reason)
{
  send (self, gst_voice_structure_new ("hangup",
          "reason", reason && *reason ? reason : "application",
          "by", "application", "now", FALSE, NULL));
}

static void
do_text (GstVoiceAgent * self, const gchar * text)
{
  send (self, gst_voice_structure_new ("action", "what", "text",
          "text", text, NULL));
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceAgent *self = GST_VOICE_AGENT (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PERSONA:
      g_free (self->persona_path);
      self->persona_path = g_value_dup_string (value);
      break;
    case PROP_PERSONA_TEXT:
      g_free (self->persona_text);
      self->persona_text = g_value_dup_string (value);
      break;
    case PROP_VARIABLES:
      g_clear_pointer (&self->variables, gst_structure_free);
      self->variables = g_value_dup_boxed (value);
      break;
    case PROP_SESSION:
      g_clear_object (&self->given);
      self->given = g_value_dup_object (value);
      break;
    case PROP_RECORD:
      g_free (self->record);
      self->record = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceAgent *self = GST_VOICE_AGENT (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_PERSONA:
      g_value_set_string (value, self->persona_path);
      break;
    case PROP_PERSONA_TEXT:
      g_value_set_string (value, self->persona_text);
      break;
    case PROP_VARIABLES:
      g_value_set_boxed (value, self->variables);
      break;
    case PROP_SESSION:
      g_value_set_object (value, self->session ? self->session : self->given);
      break;
    case PROP_RECORD:
      g_value_set_string (value, self->record);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceAgent *self = GST_VOICE_AGENT (object);

  g_clear_pointer (&self->participant, participant_variables_free);
  g_clear_object (&self->session);
  g_clear_object (&self->given);
  g_clear_pointer (&self->variables, gst_structure_free);
  g_free (self->persona_path);
  g_free (self->persona_text);
  g_free (self->record);
  g_free (self->end_reason);
  G_OBJECT_CLASS (gst_voice_agent_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceAgent:persona:
   *
   * The path of the persona.
   */
  props[PROP_PERSONA] = g_param_spec_string ("persona", "Persona",
      "The path of the persona", NULL, flags);
  /**
   * GstVoiceAgent:persona-text:
   *
   * The persona itself, JSON, in place of a path. It may not read files.
   */
  props[PROP_PERSONA_TEXT] = g_param_spec_string ("persona-text",
      "Persona text", "The persona itself, JSON, in place of a path", NULL,
      flags);
  /**
   * GstVoiceAgent:variables:
   *
   * Variables of the call, such as `caller`, for `{{name}}` in the persona's
   * texts and `${name}` in its description.
   */
  props[PROP_VARIABLES] = g_param_spec_boxed ("variables", "Variables",
      "Variables of the call", GST_TYPE_STRUCTURE, flags);
  /**
   * GstVoiceAgent:session:
   *
   * The session of the call. One is made for each call, unless the application
   * has set one (which then serves one call).
   */
  props[PROP_SESSION] = g_param_spec_object ("session", "Session",
      "The session of the call", GST_TYPE_VOICE_SESSION, flags);
  /**
   * GstVoiceAgent:record:
   *
   * A file to record the call into, by the element `callrecorder name=rec` of
   * the description.
   */
  props[PROP_RECORD] = g_param_spec_string ("record", "Record",
      "A file to record the call into", NULL, flags);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static guint
action_signal (const gchar * name, GCallback handler, guint n, GType a, GType b)
{
  return g_signal_new_class_handler (name, GST_TYPE_VOICE_AGENT,
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, handler, NULL, NULL, NULL,
      G_TYPE_NONE, n, a, b);
}

static void
install_signals (void)
{
  /**
   * GstVoiceAgent::say:
   * @agent: the element
   * @text: the words
   * @interruptible: whether the caller's voice may stop it
   *
   * The agent says something when its time has come.
   */
  signals[SIGNAL_SAY] = action_signal ("say", G_CALLBACK (do_say), 2,
      G_TYPE_STRING, G_TYPE_BOOLEAN);
  /**
   * GstVoiceAgent::interrupt:
   * @agent: the element
   * @force: also what the caller may not interrupt
   *
   * The agent stops at once.
   */
  signals[SIGNAL_INTERRUPT] = action_signal ("interrupt",
      G_CALLBACK (do_interrupt), 1, G_TYPE_BOOLEAN, G_TYPE_NONE);
  /**
   * GstVoiceAgent::hangup:
   * @agent: the element
   * @reason: (nullable): why
   *
   * The call ends after what is being said.
   */
  signals[SIGNAL_HANGUP] = action_signal ("hangup", G_CALLBACK (do_hangup), 1,
      G_TYPE_STRING, G_TYPE_NONE);
  /**
   * GstVoiceAgent::text:
   * @agent: the element
   * @text: a line that the caller has written
   *
   * A whole turn, written and not spoken.
   */
  signals[SIGNAL_TEXT] = action_signal ("text", G_CALLBACK (do_text), 1,
      G_TYPE_STRING, G_TYPE_NONE);
}

static void
gst_voice_agent_class_init (GstVoiceAgentClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  install_signals ();
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  element_class->set_context = GST_DEBUG_FUNCPTR (set_context);
  GST_BIN_CLASS (klass)->handle_message = GST_DEBUG_FUNCPTR (handle_message);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Voice agent",
      "Filter/Audio", "A whole voice agent, made from a persona", "gst-voice");
}

static GstPad *
add_pad (GstVoiceAgent * self, const gchar * name)
{
  GstPadTemplate *template =
      gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), name);
  GstPad *pad = gst_ghost_pad_new_no_target_from_template (name, template);

  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static void
gst_voice_agent_init (GstVoiceAgent * self)
{
  self->sinkpad = add_pad (self, "sink");
  gst_pad_add_probe (self->sinkpad, GST_PAD_PROBE_TYPE_EVENT_BOTH,
      watch_events, self, NULL);
  self->srcpad = add_pad (self, "src");
}
