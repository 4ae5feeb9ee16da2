/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What all language models have in common: the conversation, the steps of a
 * reply, what is said without a model, and interruptions.
 *
 * A reply is what one turn causes: one or more steps, each a request to the
 * model, its text (one speech) and its tool calls, until a step calls no tool.
 * Only one reply is in work at a time.
 *
 * Threads: as GstVoiceStage; upstream events only touch the conversation and
 * the atomic fields and are otherwise posted to the task.
 * Locks: the object lock guards the properties.
 */
#include "llm.h"

#include "binding.h"
#include "json.h"

#include <string.h>

/* After this many failures in a row the call ends. */
#define MAX_FAILURES 2

#define DEFAULT_MAX_STEPS 3
#define DEFAULT_APOLOGY "Sorry, something went wrong. Could you say that again?"
#define DEFAULT_UNHEARD "Sorry, I did not catch that. Could you say it again?"
#define UNHEARD_NOTE "The caller interrupted you and could not be " \
    "understood. Go on from what was heard."

typedef struct
{
  guint id;                     /* of the request */
  guint turn, step;
  guint speech;                 /* of this step */
  GstVoiceMark mark;
  gboolean asked;               /* the model is answering */
  gboolean spoke;               /* it has said something in this step */
  gboolean unheard;
  guint offset;                 /* characters of the speech so far */
  GPtrArray *calls;             /* of GstStructure: those of this step */
  guint waiting;                /* how many of them have no result */
  gboolean last;                /* a result says: do not ask again */
} Reply;

typedef struct
{
  gchar *system_prompt, *welcome, *apology, *unheard;
  gboolean welcome_interruptible;
  gdouble temperature;
  guint max_steps;
} Settings;

typedef struct
{
  Settings settings;            /* object lock */

  /* atomic */
  gint sounding;                /* the caller makes a sound */
  gint audible;                 /* speeches that play */
  gint news;                    /* a result the model has not been told */

  /* task only */
  Settings now;                 /* a copy of the settings of this call */
  gboolean greeted;
  Reply *reply;                 /* what is in work, or NULL */
  guint last_id;
  guint plain_turn;             /* for input that no `turn` has numbered */
  guint failures;
  GQueue says;                  /* of GstEvent: wait for the end of a speech */
  gboolean eos;                 /* EOS waits for the reply */
} GstVoiceLlmPrivate;

enum
{
  PROP_SYSTEM_PROMPT = 1,
  PROP_WELCOME_MESSAGE,
  PROP_WELCOME_INTERRUPTIBLE,
  PROP_APOLOGY,
  PROP_UNHEARD_MESSAGE,
  PROP_TEMPERATURE,
  PROP_MAX_STEPS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const GstVoiceBinding bindings[] = {
  {"system-prompt", "system-prompt"},
  {"welcome-message", "welcome-message.text"},
  {"welcome-interruptible", "welcome-message.interruptible"},
  {"temperature", "temperature"},
};

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GstVoiceLlm, gst_voice_llm,
    GST_TYPE_VOICE_STAGE);

#define PRIV(self) \
  ((GstVoiceLlmPrivate *) gst_voice_llm_get_instance_private (self))

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("text/x-raw, format=(string)utf8"));

static void
settings_clear (Settings * s)
{
  g_clear_pointer (&s->system_prompt, g_free);
  g_clear_pointer (&s->welcome, g_free);
  g_clear_pointer (&s->apology, g_free);
  g_clear_pointer (&s->unheard, g_free);
}

static void
settings_copy (Settings * to, const Settings * from)
{
  settings_clear (to);
  *to = *from;
  to->system_prompt = g_strdup (from->system_prompt);
  to->welcome = g_strdup (from->welcome);
  to->apology = g_strdup (from->apology);
  to->unheard = g_strdup (from->unheard);
}

static void
reply_free (Reply * reply)
{
  g_ptr_array_unref (reply->calls);
  g_free (reply);
}

static GstVoiceChat *
chat_of (GstVoiceLlm * self)
{
  return gst_voice_session_chat (gst_voice_stage_session (GST_VOICE_STAGE
          (self)));
}

static void
pass (GstVoiceLlm * self, guint turn, GstVoiceMilestone milestone)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  gst_voice_session_pass (gst_voice_stage_session (stage), turn, milestone,
      gst_voice_stage_now (stage));
}

/* Whether a `turn` decides when something is said. */
static gboolean
has_arbiter (GstVoiceLlm * self)
{
  GstQuery *query = gst_voice_query_new ("arbiter");
  gboolean yes = gst_pad_peer_query (gst_voice_stage_sink_pad (GST_VOICE_STAGE
          (self)), query);

  gst_query_unref (query);
  return yes;
}

static guint
begin_speech (GstVoiceLlm * self, const GstVoiceMark * mark,
    const gchar * source)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  guint speech =
      gst_voice_session_next_speech (gst_voice_stage_session (stage));
  GstStructure *s = gst_voice_structure_new ("speech", "speech", speech,
      "turn", mark->turn, "source", source, "interruptible",
      !(mark->flags & GST_VOICE_FLAG_UNINTERRUPTIBLE),
      "generation", mark->generation, NULL);

  gst_voice_stage_push_event (stage, GST_VOICE_UPSTREAM,
      gst_structure_copy (s));
  gst_voice_stage_push_event (stage, GST_VOICE_ORDERED, gst_structure_copy (s));
  gst_voice_stage_report (stage, s);
  return speech;
}

static void
push_text (GstVoiceLlm * self, const GstVoiceMark * mark, guint speech,
    guint offset, const gchar * text)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);

  meta->generation = mark->generation;
  meta->turn = mark->turn;
  meta->flags = mark->flags;
  meta->speech = speech;
  meta->offset = offset;
  meta->length = g_utf8_strlen (text, -1);
  gst_voice_stage_push (GST_VOICE_STAGE (self), buffer);
}

static void
end_speech (GstVoiceLlm * self, const GstVoiceMark * mark, guint speech)
{
  gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_ORDERED,
      gst_voice_structure_new ("speech-end", "speech", speech,
          "generation", mark->generation, NULL));
}

/* Says what no model wrote. */
static void
speak (GstVoiceLlm * self, const GstStructure * say)
{
  const gchar *text = gst_voice_structure_string (say, "text");
  const gchar *source = gst_voice_structure_string (say, "source");
  GstVoiceMark mark = {
    .generation = gst_voice_structure_uint (say, "generation"),
    .flags = gst_voice_structure_boolean (say, "interruptible") ?
        GST_VOICE_FLAG_NONE : GST_VOICE_FLAG_UNINTERRUPTIBLE,
  };
  guint speech;

  if (!*text || gst_voice_stage_is_obsolete (GST_VOICE_STAGE (self), &mark))
    return;
  speech = begin_speech (self, &mark, *source ? source : "say");
  gst_voice_chat_said (chat_of (self), speech, text);
  push_text (self, &mark, speech, 0, text);
  end_speech (self, &mark, speech);
}

static void
speak_waiting (GstVoiceLlm * self)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  GstEvent *event;

  while ((event = g_queue_pop_head (&priv->says))) {
    speak (self, gst_event_get_structure (event));
    gst_event_unref (event);
  }
}

/* Asks for something to be said, through whoever decides when. */
static void
request_say (GstVoiceLlm * self, const gchar * text, gboolean interruptible,
    const gchar * source)
{
  GstStructure *say;

  if (!text || !*text)
    return;
  say = gst_voice_structure_new ("say", "text", text, "interruptible",
      interruptible, "source", source, "generation",
      gst_voice_stage_generation (GST_VOICE_STAGE (self)), NULL);
  if (has_arbiter (self)) {
    gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_UPSTREAM,
        say);
  } else {
    speak (self, say);
    gst_structure_free (say);
  }
}

static void
request_hangup (GstVoiceLlm * self, const gchar * reason)
{
  GstStructure *hangup = gst_voice_structure_new ("hangup", "reason", reason,
      "by", "model", "now", FALSE, NULL);

  gst_voice_stage_push_event (GST_VOICE_STAGE (self), has_arbiter (self) ?
      GST_VOICE_UPSTREAM : GST_VOICE_ORDERED, hangup);
}

/* EOS was waiting for the end of the reply. */
static void
pass_eos (GstVoiceLlm * self)
{
  GstVoiceLlmPrivate *priv = PRIV (self);

  if (priv->eos && !priv->reply) {
    priv->eos = FALSE;
    gst_voice_stage_drained (GST_VOICE_STAGE (self));
  }
}

static void
end_reply (GstVoiceLlm * self)
{
  g_clear_pointer (&PRIV (self)->reply, reply_free);
  speak_waiting (self);
  pass_eos (self);
}

static void
drop_reply (GstVoiceLlm * self)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  Reply *reply = priv->reply;

  if (!reply)
    return;
  if (reply->asked && GST_VOICE_LLM_GET_CLASS (self)->cancel)
    GST_VOICE_LLM_GET_CLASS (self)->cancel (self, reply->id);
  end_reply (self);
}

static JsonArray *
ask_for_tools (GstVoiceLlm * self)
{
  GstQuery *query = gst_voice_query_new ("tools");
  JsonArray *tools = NULL;
  JsonNode *node = NULL;

  if (gst_pad_peer_query (gst_voice_stage_src_pad (GST_VOICE_STAGE (self)),
          query))
    node = gst_voice_json_parse (gst_voice_structure_string
        (gst_query_get_structure (query), "tools"), -1,
        GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL);
  if (node && JSON_NODE_HOLDS_ARRAY (node)
      && json_array_get_length (json_node_get_array (node)) > 0)
    tools = json_array_ref (json_node_get_array (node));
  g_clear_pointer (&node, json_node_unref);
  gst_query_unref (query);
  return tools;
}

static void
add_note (JsonArray * messages, const gchar * text)
{
  JsonObject *note = json_object_new ();

  json_object_set_string_member (note, "role", "system");
  json_object_set_string_member (note, "content", text);
  json_array_add_object_element (messages, note);
}

/* The next step of the reply in work. */
static void
ask (GstVoiceLlm * self, JsonArray * messages)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  Reply *reply = priv->reply;
  GstVoiceLlmRequest request = {
    .id = reply->id = ++priv->last_id,
    .turn = reply->turn,
    .step = ++reply->step,
    .system = priv->now.system_prompt,
    .messages = messages,
    .temperature = priv->now.temperature,
    .unheard = reply->unheard,
  };

  if (reply->unheard)
    add_note (messages, UNHEARD_NOTE);
  if (reply->step <= priv->now.max_steps)
    request.tools = ask_for_tools (self);
  reply->asked = TRUE;
  reply->spoke = FALSE;
  reply->speech = 0;
  reply->offset = 0;
  reply->waiting = 0;
  g_ptr_array_set_size (reply->calls, 0);
  g_atomic_int_set (&priv->news, FALSE);
  pass (self, reply->turn, GST_VOICE_MILESTONE_REQUEST);
  GST_VOICE_LLM_GET_CLASS (self)->request (self, &request);
  json_array_unref (messages);
  g_clear_pointer (&request.tools, json_array_unref);
}

static void
begin_reply (GstVoiceLlm * self, guint turn, const GstVoiceMark * mark,
    JsonArray * messages, gboolean unheard)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  Reply *reply = g_new0 (Reply, 1);

  drop_reply (self);
  reply->turn = turn;
  reply->mark = *mark;
  reply->mark.flags &= GST_VOICE_FLAG_PROPOSED;
  reply->unheard = unheard;
  reply->calls = g_ptr_array_new_with_free_func ((GDestroyNotify)
      gst_structure_free);
  priv->reply = reply;
  ask (self, messages);
}

/* One user turn: words for the record, for an answer, or for an answer that
 * will be heard only if the turn is committed. */
static GstFlowReturn
input (GstVoiceStage * stage, GstBuffer * buffer)
{
  GstVoiceLlm *self = GST_VOICE_LLM (stage);
  GstVoiceLlmPrivate *priv = PRIV (self);
  gchar *text = gst_voice_text_buffer_get (buffer);
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  guint turn = meta && meta->turn ? meta->turn : ++priv->plain_turn;
  guint merges = meta ? meta->merges : 0;
  JsonArray *messages = NULL;
  GstVoiceMark mark;

  gst_voice_stage_item_mark (stage, &mark);
  mark.turn = turn;
  if (mark.flags & GST_VOICE_FLAG_PROPOSED)
    messages = gst_voice_chat_render_with (chat_of (self), turn, text, merges);
  else
    gst_voice_chat_user (chat_of (self), turn, text, merges);
  if (gst_voice_stage_is_obsolete (stage, &mark)
      || mark.flags & GST_VOICE_FLAG_NO_REPLY)
    g_clear_pointer (&messages, json_array_unref);
  else
    begin_reply (self, turn, &mark,
        messages ? messages : gst_voice_chat_render (chat_of (self)), FALSE);
  g_free (text);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static void
commit (GstVoiceLlm * self, const GstStructure * s)
{
  Reply *reply = PRIV (self)->reply;
  guint turn = gst_voice_structure_uint (s, "turn");

  gst_voice_chat_user (chat_of (self), turn,
      gst_voice_structure_string (s, "text"),
      gst_voice_structure_uint (s, "merges"));
  if (reply && reply->turn == turn)
    reply->mark.flags &= ~GST_VOICE_FLAG_PROPOSED;
}

/* Somebody must speak: the caller was loud for long, and not understood. */
static void
answer_unheard (GstVoiceLlm * self, const GstStructure * s)
{
  GstVoiceMark mark = {
    .generation = gst_voice_structure_uint (s, "generation")
  };

  if (gst_voice_structure_boolean (s, "interrupted"))
    begin_reply (self, 0, &mark, gst_voice_chat_render (chat_of (self)), TRUE);
  else
    request_say (self, PRIV (self)->now.unheard, TRUE, "say");
}

/* The outcome of a write whose turn is over is told once, when nobody speaks.
 * If something is asked before, it rides along. */
static void
tell_news (GstVoiceStage * stage, gpointer data)
{
  GstVoiceLlm *self = GST_VOICE_LLM (stage);
  GstVoiceLlmPrivate *priv = PRIV (self);
  GstVoiceMark mark = {
    .generation = gst_voice_session_generation (gst_voice_stage_session (stage))
  };

  if (!g_atomic_int_get (&priv->news) || priv->reply
      || g_atomic_int_get (&priv->sounding)
      || g_atomic_int_get (&priv->audible) > 0)
    return;
  begin_reply (self, 0, &mark, gst_voice_chat_render (chat_of (self)), FALSE);
}

static gboolean
is_call_of (Reply * reply, const gchar * id)
{
  for (guint i = 0; i < reply->calls->len; i++) {
    if (strcmp (gst_voice_structure_string (g_ptr_array_index (reply->calls,
                    i), "id"), id) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
take_result (GstVoiceLlm * self, const GstStructure * s)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  const gchar *id = gst_voice_structure_string (s, "id");
  const gchar *outcome = gst_voice_structure_string (s, "outcome");
  gboolean cancelled = strcmp (outcome, "cancelled") == 0;
  Reply *reply = priv->reply;
  gboolean news;

  news = gst_voice_chat_result (chat_of (self), id, cancelled ?
      GST_VOICE_CALL_CANCELLED : GST_VOICE_CALL_DONE,
      gst_voice_structure_string (s, "json"));
  if (!news || cancelled)
    return;
  if (!reply || !is_call_of (reply, id)) {
    g_atomic_int_set (&priv->news, TRUE);
    tell_news (GST_VOICE_STAGE (self), NULL);
    return;
  }
  reply->last |= gst_voice_structure_boolean (s, "last");
  if (--reply->waiting > 0)
    return;
  if (reply->last)
    end_reply (self);
  else
    ask (self, gst_voice_chat_render (chat_of (self)));
}

/* What came from downstream and no `turn` has taken. */
static void
take_request (GstVoiceLlm * self, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "say")) {
    if (PRIV (self)->reply && PRIV (self)->reply->spoke
        && PRIV (self)->reply->asked)
      g_queue_push_tail (&PRIV (self)->says, gst_event_ref (event));
    else
      speak (self, s);
  } else {
    gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_ORDERED,
        gst_structure_copy (s));
  }
}

static gboolean
event_in_task (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceLlm *self = GST_VOICE_LLM (stage);
  const GstStructure *s = gst_voice_event_parse (event);

  if (!s)
    return FALSE;
  if (gst_voice_event_is (event, "commit")) {
    commit (self, s);
    return FALSE;
  }
  if (gst_voice_event_is (event, "tool-result"))
    take_result (self, s);
  else if (gst_voice_event_is (event, "note"))
    gst_voice_chat_note (chat_of (self), gst_voice_structure_string (s,
            "text"));
  else if (gst_voice_event_is (event, "correct"))
    gst_voice_chat_correct (chat_of (self), gst_voice_structure_uint (s,
            "turn"), gst_voice_structure_string (s, "text"));
  else if (gst_voice_event_is (event, "unheard"))
    answer_unheard (self, s);
  else if (gst_voice_event_is (event, "say")
      || gst_voice_event_is (event, "hangup"))
    take_request (self, event);
  else
    return FALSE;
  return TRUE;
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceLlmPrivate *priv = PRIV (GST_VOICE_LLM (stage));

  if (gst_voice_event_is (event, "speech-start")) {
    g_atomic_int_set (&priv->sounding, TRUE);
  } else if (gst_voice_event_is (event, "speech-stop")) {
    g_atomic_int_set (&priv->sounding, FALSE);
    if (g_atomic_int_get (&priv->news))
      gst_voice_stage_post (stage, tell_news, NULL, NULL);
  } else if (gst_voice_event_is (event, "say")
      || gst_voice_event_is (event, "note")
      || gst_voice_event_is (event, "hangup")) {
    gst_voice_stage_post_event (stage, gst_event_ref (event));
    return TRUE;
  }
  return FALSE;
}

static gboolean
upstream (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceLlm *self = GST_VOICE_LLM (stage);
  GstVoiceLlmPrivate *priv = PRIV (self);
  const GstStructure *s = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "playing")) {
    g_atomic_int_inc (&priv->audible);
    gst_voice_chat_playing (chat_of (self),
        gst_voice_structure_uint (s, "speech"));
  } else if (gst_voice_event_is (event, "heard")) {
    g_atomic_int_add (&priv->audible, -1);
    gst_voice_chat_heard (chat_of (self),
        gst_voice_structure_uint (s, "speech"),
        gst_voice_structure_string (s, "text"),
        gst_voice_structure_boolean (s, "complete"));
    if (g_atomic_int_get (&priv->news))
      gst_voice_stage_post (stage, tell_news, NULL, NULL);
  } else if (gst_voice_event_is (event, "tool-result")) {
    gst_voice_stage_post_event (stage, gst_event_ref (event));
    return TRUE;
  } else if ((gst_voice_event_is (event, "say")
          || gst_voice_event_is (event, "hangup")) && !has_arbiter (self)) {
    gst_voice_stage_post_event (stage, gst_event_ref (event));
    return TRUE;
  }
  return FALSE;
}

/* In the task, after what was queued before the interruption. */
static void
drop_obsolete (GstVoiceStage * stage, gpointer data)
{
  GstVoiceLlm *self = GST_VOICE_LLM (stage);
  Reply *reply = PRIV (self)->reply;

  if (reply && gst_voice_stage_is_obsolete (stage, &reply->mark))
    drop_reply (self);
}

static void
interrupt (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceChat *chat = chat_of (GST_VOICE_LLM (stage));
  const GstStructure *s = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "withdraw"))
    gst_voice_chat_forget (chat, gst_voice_structure_uint (s, "turn"));
  else
    gst_voice_chat_cut (chat, gst_voice_structure_uint (s, "generation"));
  gst_voice_stage_post (stage, drop_obsolete, NULL, NULL);
}

static gboolean
drain (GstVoiceStage * stage)
{
  GstVoiceLlmPrivate *priv = PRIV (GST_VOICE_LLM (stage));

  priv->eos = priv->reply != NULL;
  return !priv->eos;
}

static void
clear_call_state (GstVoiceLlmPrivate * priv)
{
  GstEvent *event;

  g_clear_pointer (&priv->reply, reply_free);
  while ((event = g_queue_pop_head (&priv->says)))
    gst_event_unref (event);
  priv->greeted = priv->eos = FALSE;
  priv->failures = priv->plain_turn = 0;
  priv->sounding = priv->audible = priv->news = 0;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceLlmPrivate *priv = PRIV (GST_VOICE_LLM (stage));

  clear_call_state (priv);
  gst_voice_bindings_apply (GST_ELEMENT (stage),
      gst_voice_stage_session (stage), bindings, G_N_ELEMENTS (bindings));
  GST_OBJECT_LOCK (stage);
  settings_copy (&priv->now, &priv->settings);
  GST_OBJECT_UNLOCK (stage);
  return TRUE;
}

static void
stop (GstVoiceStage * stage)
{
  clear_call_state (PRIV (GST_VOICE_LLM (stage)));
}

static void
greet (GstVoiceStage * stage, gpointer data)
{
  GstVoiceLlm *self = GST_VOICE_LLM (stage);
  GstVoiceLlmPrivate *priv = PRIV (self);

  if (priv->greeted)
    return;
  priv->greeted = TRUE;
  request_say (self, priv->now.welcome, priv->now.welcome_interruptible,
      "greeting");
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_voice_llm_parent_class)->change_state (element,
      transition);

  if (ret != GST_STATE_CHANGE_FAILURE
      && transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    gst_voice_stage_post (GST_VOICE_STAGE (element), greet, NULL, NULL);
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  Settings *s = &PRIV (GST_VOICE_LLM (object))->settings;

  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_SYSTEM_PROMPT:
      g_free (s->system_prompt);
      s->system_prompt = g_value_dup_string (value);
      break;
    case PROP_WELCOME_MESSAGE:
      g_free (s->welcome);
      s->welcome = g_value_dup_string (value);
      break;
    case PROP_WELCOME_INTERRUPTIBLE:
      s->welcome_interruptible = g_value_get_boolean (value);
      break;
    case PROP_APOLOGY:
      g_free (s->apology);
      s->apology = g_value_dup_string (value);
      break;
    case PROP_UNHEARD_MESSAGE:
      g_free (s->unheard);
      s->unheard = g_value_dup_string (value);
      break;
    case PROP_TEMPERATURE:
      s->temperature = g_value_get_double (value);
      break;
    case PROP_MAX_STEPS:
      s->max_steps = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  Settings *s = &PRIV (GST_VOICE_LLM (object))->settings;

  GST_OBJECT_LOCK (object);
  switch (id) {
    case PROP_SYSTEM_PROMPT:
      g_value_set_string (value, s->system_prompt);
      break;
    case PROP_WELCOME_MESSAGE:
      g_value_set_string (value, s->welcome);
      break;
    case PROP_WELCOME_INTERRUPTIBLE:
      g_value_set_boolean (value, s->welcome_interruptible);
      break;
    case PROP_APOLOGY:
      g_value_set_string (value, s->apology);
      break;
    case PROP_UNHEARD_MESSAGE:
      g_value_set_string (value, s->unheard);
      break;
    case PROP_TEMPERATURE:
      g_value_set_double (value, s->temperature);
      break;
    case PROP_MAX_STEPS:
      g_value_set_uint (value, s->max_steps);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (object);
}

static void
finalize (GObject * object)
{
  GstVoiceLlmPrivate *priv = PRIV (GST_VOICE_LLM (object));

  clear_call_state (priv);
  settings_clear (&priv->settings);
  settings_clear (&priv->now);
  G_OBJECT_CLASS (gst_voice_llm_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceLlm:system-prompt:
   *
   * What the model is told about its part. The persona's, if it is not set.
   */
  props[PROP_SYSTEM_PROMPT] = g_param_spec_string ("system-prompt",
      "System prompt", "What the model is told about its part", NULL, flags);
  /**
   * GstVoiceLlm:welcome-message:
   *
   * What the agent says first. The persona's, if it is not set.
   */
  props[PROP_WELCOME_MESSAGE] = g_param_spec_string ("welcome-message",
      "Welcome message", "What the agent says first", NULL, flags);
  /**
   * GstVoiceLlm:welcome-interruptible:
   *
   * Whether the caller's voice may stop the welcome message.
   */
  props[PROP_WELCOME_INTERRUPTIBLE] =
      g_param_spec_boolean ("welcome-interruptible", "Welcome interruptible",
      "Whether the caller's voice may stop the welcome message", TRUE, flags);
  /**
   * GstVoiceLlm:apology:
   *
   * What is said when no model answers. After two failures in a row the call
   * ends with it.
   */
  props[PROP_APOLOGY] = g_param_spec_string ("apology", "Apology",
      "What is said when no model answers", DEFAULT_APOLOGY, flags);
  /**
   * GstVoiceLlm:unheard-message:
   *
   * What is said when the caller spoke for long and was not understood.
   */
  props[PROP_UNHEARD_MESSAGE] = g_param_spec_string ("unheard-message",
      "Unheard message", "What is said when the caller was not understood",
      DEFAULT_UNHEARD, flags);
  /**
   * GstVoiceLlm:temperature:
   *
   * Randomness of the model; negative leaves it to the provider.
   */
  props[PROP_TEMPERATURE] = g_param_spec_double ("temperature", "Temperature",
      "Randomness of the model, negative for the provider's default", -1, 2,
      -1, flags);
  /**
   * GstVoiceLlm:max-steps:
   *
   * How often the model is asked in one turn while it calls tools; then it is
   * asked once more without tools.
   */
  props[PROP_MAX_STEPS] = g_param_spec_uint ("max-steps", "Maximum steps",
      "How often the model may call tools in one turn", 0, 100,
      DEFAULT_MAX_STEPS, flags);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_llm_class_init (GstVoiceLlmClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  stage_class->keeps_turns = TRUE;
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->input = input;
  stage_class->event = event_in_task;
  stage_class->oob = oob;
  stage_class->upstream = upstream;
  stage_class->interrupt = interrupt;
  stage_class->drain = drain;
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_LLM, 0);
}

static void
gst_voice_llm_init (GstVoiceLlm * self)
{
  Settings *s = &PRIV (self)->settings;

  s->apology = g_strdup (DEFAULT_APOLOGY);
  s->unheard = g_strdup (DEFAULT_UNHEARD);
  s->welcome_interruptible = TRUE;
  s->temperature = -1;
  s->max_steps = DEFAULT_MAX_STEPS;
  g_queue_init (&PRIV (self)->says);
}

/* The reply that request @id belongs to, if it is still wanted. */
static Reply *
reply_of (GstVoiceLlm * self, guint id)
{
  Reply *reply = PRIV (self)->reply;

  return reply && reply->asked && reply->id == id ? reply : NULL;
}

/**
 * gst_voice_llm_set_uninterruptible:
 * @llm: a model; to be called in the task, before the first token
 * @id: the request
 *
 * What the model says now may not be stopped by the caller's voice.
 */
void
gst_voice_llm_set_uninterruptible (GstVoiceLlm * llm, guint id)
{
  Reply *reply = reply_of (llm, id);

  if (reply && !reply->spoke)
    reply->mark.flags |= GST_VOICE_FLAG_UNINTERRUPTIBLE;
}

/**
 * gst_voice_llm_expect:
 * @llm: a model; to be called in the task
 * @kind: what kind of answer it has asked for, see `voice/expect`
 * @length: how many digits or letters, or 0
 */
void
gst_voice_llm_expect (GstVoiceLlm * llm, const gchar * kind, guint length)
{
  gst_voice_stage_push_event (GST_VOICE_STAGE (llm), GST_VOICE_UPSTREAM,
      gst_voice_structure_new ("expect", "kind", kind, "length", length, NULL));
}

/* Makes sure that this step has its message in the conversation. */
static void
open_step (GstVoiceLlm * self, Reply * reply)
{
  if (reply->speech)
    return;
  reply->speech = gst_voice_session_next_speech (gst_voice_stage_session
      (GST_VOICE_STAGE (self)));
  gst_voice_chat_reply (chat_of (self), reply->speech, reply->turn,
      reply->mark.generation);
}

/**
 * gst_voice_llm_token:
 * @llm: a model; to be called in the task
 * @id: the request it answers; ignored if that is not wanted any more
 * @text: what it wrote next, of any length
 */
void
gst_voice_llm_token (GstVoiceLlm * llm, guint id, const gchar * text)
{
  Reply *reply = reply_of (llm, id);

  if (!reply || !*text)
    return;
  if (!reply->spoke) {
    reply->spoke = TRUE;
    pass (llm, reply->turn, GST_VOICE_MILESTONE_TOKEN);
    reply->speech = begin_speech (llm, &reply->mark, "reply");
    gst_voice_chat_reply (chat_of (llm), reply->speech, reply->turn,
        reply->mark.generation);
  }
  pass (llm, reply->turn, GST_VOICE_MILESTONE_ENOUGH);
  gst_voice_chat_append (chat_of (llm), reply->speech, text);
  push_text (llm, &reply->mark, reply->speech, reply->offset, text);
  reply->offset += g_utf8_strlen (text, -1);
}

/**
 * gst_voice_llm_call:
 * @llm: a model; to be called in the task
 * @id: the request it answers
 * @call_id: what the model calls the call; made unique in the session, since
 *   some models begin to count anew with each answer
 * @name: of the tool
 * @arguments: a JSON object
 *
 * The calls of a step go on together when it is done.
 */
void
gst_voice_llm_call (GstVoiceLlm * llm, guint id, const gchar * call_id,
    const gchar * name, const gchar * arguments)
{
  Reply *reply = reply_of (llm, id);
  gchar *wanted, *unique;

  if (!reply)
    return;
  wanted = call_id && *call_id ? g_strdup (call_id) :
      g_strdup_printf ("call-%u-%u-%u", reply->id, reply->step,
      reply->calls->len + 1);
  unique = gst_voice_chat_call_id (chat_of (llm), wanted);
  g_ptr_array_add (reply->calls, gst_voice_structure_new ("tool-call",
          "id", unique, "name", name, "arguments", arguments,
          "turn", reply->turn, "step", reply->step,
          "generation", reply->mark.generation, NULL));
  g_free (wanted);
  g_free (unique);
}

static void
send_calls (GstVoiceLlm * self, Reply * reply)
{
  GPtrArray *calls = g_ptr_array_ref (reply->calls);

  open_step (self, reply);
  reply->waiting = calls->len;
  for (guint i = 0; i < calls->len; i++) {
    GstStructure *s = g_ptr_array_index (calls, i);

    gst_structure_set (s, "speech", G_TYPE_UINT, reply->speech,
        "calls", G_TYPE_UINT, calls->len, "proposed", G_TYPE_BOOLEAN,
        (reply->mark.flags & GST_VOICE_FLAG_PROPOSED) != 0, NULL);
    gst_voice_chat_call (chat_of (self), reply->speech,
        gst_voice_structure_string (s, "id"),
        gst_voice_structure_string (s, "name"),
        gst_voice_structure_string (s, "arguments"));
  }
  for (guint i = 0; i < calls->len; i++)
    gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_ORDERED,
        gst_structure_copy (g_ptr_array_index (calls, i)));
  g_ptr_array_unref (calls);
}

static void
no_reply (GstVoiceLlm * self, guint turn, const gchar * reason)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  GstStructure *s = gst_voice_structure_new ("no-reply", "turn", turn,
      "reason", reason, NULL);

  gst_voice_stage_push_event (stage, GST_VOICE_UPSTREAM,
      gst_structure_copy (s));
  gst_voice_stage_report (stage, s);
}

/**
 * gst_voice_llm_done:
 * @llm: a model; to be called in the task
 * @id: the request that is answered
 * @model: (nullable): which model has answered
 * @tokens_in: read
 * @tokens_cached: of them, read from a cache
 * @tokens_out: written
 * @cost: of the request
 */
void
gst_voice_llm_done (GstVoiceLlm * llm, guint id, const gchar * model,
    guint tokens_in, guint tokens_cached, guint tokens_out, gdouble cost)
{
  GstVoiceLlmPrivate *priv = PRIV (llm);
  GstVoiceStage *stage = GST_VOICE_STAGE (llm);
  Reply *reply = reply_of (llm, id);

  if (!reply)
    return;
  gst_voice_stage_report (stage, gst_voice_structure_new ("usage",
          "provider", GST_OBJECT_NAME (gst_element_get_factory (GST_ELEMENT
                  (llm))), "model", model, "tokens-in", tokens_in,
          "tokens-cached", tokens_cached, "tokens-out", tokens_out,
          "cost", cost, "turn", reply->turn, NULL));
  priv->failures = 0;
  reply->asked = FALSE;
  if (reply->spoke)
    end_speech (llm, &reply->mark, reply->speech);
  if (reply->calls->len > 0) {
    speak_waiting (llm);
    send_calls (llm, reply);
    return;
  }
  if (!reply->spoke)
    no_reply (llm, reply->turn, "empty");
  end_reply (llm);
}

/**
 * gst_voice_llm_fail:
 * @llm: a model; to be called in the task
 * @id: the request that is not answered
 * @error: (transfer full): why, in domain %GST_VOICE_ERROR
 *
 * The caller hears the apology; after the second failure in a row the call
 * ends.
 */
void
gst_voice_llm_fail (GstVoiceLlm * llm, guint id, GError * error)
{
  GstVoiceLlmPrivate *priv = PRIV (llm);
  GstVoiceStage *stage = GST_VOICE_STAGE (llm);
  Reply *reply = reply_of (llm, id);
  gchar *name;

  if (!reply) {
    g_error_free (error);
    return;
  }
  name = gst_object_get_name (GST_OBJECT (llm));
  gst_voice_stage_report (stage, gst_voice_structure_new ("fault",
          "element", name, "code", error->domain == GST_VOICE_ERROR ?
          gst_voice_error_name (error->code) : "internal",
          "text", error->message, "fatal", FALSE, NULL));
  g_free (name);
  gst_voice_error_post (GST_ELEMENT (llm), error,
      GST_OBJECT_NAME (gst_element_get_factory (GST_ELEMENT (llm))), 0, NULL,
      FALSE);
  g_error_free (error);
  reply->asked = FALSE;
  if (reply->spoke)
    end_speech (llm, &reply->mark, reply->speech);
  no_reply (llm, reply->turn, "error");
  request_say (llm, priv->now.apology, TRUE, "say");
  if (++priv->failures >= MAX_FAILURES)
    request_hangup (llm, "error");
  end_reply (llm);
}
