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
#include "llm-query.h"
#include "llm-settings.h"
#include "llm-usage.h"
#include "relay.h"

#include <string.h>

/* After this many failures in a row the call ends, unless set otherwise. */
#define PATIENCE 2

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
  gboolean news;                /* a late result is known to the model */
  gboolean has_tools;           /* the model was offered some in this step */
  guint offset;                 /* characters of the speech so far */
  GPtrArray *calls;             /* of GstStructure: those without a result */
  gboolean answered;            /* one of them had a result */
  gboolean last;                /* which said: do not ask again */
} Reply;

typedef struct
{
  LlmSettings settings;         /* object lock */

  /* set before it starts */
  const GstVoiceLlmRelay *relay;
  gpointer relay_data;
  guint patience;

  /* atomic */
  gint sounding;                /* the caller makes a sound */
  gint audible;                 /* the speech that plays, or 0 */
  gint news;                    /* a result the model has not been told */

  /* task only */
  LlmSettings now;              /* a copy of the settings of this call */
  gboolean greeting_known;      /* all variables in it are */
  gboolean introduced;          /* `voice/participant` has come */
  gboolean due, greeted;
  Reply *reply;                 /* what is in work, or NULL */
  guint last_id;
  guint plain_turn;             /* for input that no `turn` has numbered */
  guint failures;
  guint held_turn;              /* a proposed turn that was answered */
  GQueue held;                  /* of GstStructure: to be told when it counts */
  gboolean held_failure, held_news;
  GQueue says;                  /* of GstEvent: wait for the end of a speech */
  gboolean eos;                 /* EOS waits for the reply */
  gboolean told_refusal;        /* that a call was not made */
} GstVoiceLlmPrivate;

static const GstVoiceBinding greeting_bindings[] = {
  {"welcome-message", "welcome-message.text"},
};

static const GstVoiceBinding bindings[] = {
  {"system-prompt", "system-prompt"},
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

  gst_voice_stage_report (stage, gst_structure_copy (s));
  gst_voice_stage_push_event (stage, GST_VOICE_UPSTREAM,
      gst_structure_copy (s));
  gst_voice_stage_push_event (stage, GST_VOICE_ORDERED, s);
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

/* What a proposed turn has led to is not told before the turn counts. */
static void
forget_held (GstVoiceLlmPrivate * priv)
{
  g_queue_clear_full (&priv->held, (GDestroyNotify) gst_structure_free);
  if (priv->held_news)
    g_atomic_int_set (&priv->news, TRUE);
  priv->held_turn = 0;
  priv->held_failure = priv->held_news = FALSE;
}

static void
tell (GstVoiceLlm * self, GstStructure * s)
{
  gst_voice_stage_report (GST_VOICE_STAGE (self), gst_structure_copy (s));
  gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_UPSTREAM, s);
}

static void
tell_or_hold (GstVoiceLlm * self, const Reply * reply, GstStructure * s)
{
  if (!(reply->mark.flags & GST_VOICE_FLAG_PROPOSED)) {
    tell (self, s);
    return;
  }
  PRIV (self)->held_turn = reply->turn;
  g_queue_push_tail (&PRIV (self)->held, s);
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
  if (llm_query_arbiter (GST_VOICE_STAGE (self))) {
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

  gst_voice_stage_push_event (GST_VOICE_STAGE (self),
      llm_query_arbiter (GST_VOICE_STAGE (self)) ? GST_VOICE_UPSTREAM :
      GST_VOICE_ORDERED, hangup);
}

static void
apologise (GstVoiceLlm * self)
{
  request_say (self, PRIV (self)->now.apology, TRUE, "say");
  if (++PRIV (self)->failures >= PRIV (self)->patience)
    request_hangup (self, "error");
}

static void
tell_held (GstVoiceLlm * self)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  gboolean failure = priv->held_failure;
  GstStructure *s;

  while ((s = g_queue_pop_head (&priv->held)))
    tell (self, s);
  priv->held_news = FALSE;
  forget_held (priv);
  if (failure)
    apologise (self);
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

static void tell_news (GstVoiceStage * stage, gpointer data);

static void
end_reply (GstVoiceLlm * self)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  const Reply *reply = priv->reply;
  gboolean spoke = reply->spoke;

  if (reply->mark.flags & GST_VOICE_FLAG_PROPOSED && reply->news) {
    priv->held_turn = reply->turn;
    priv->held_news = TRUE;
  }
  g_clear_pointer (&priv->reply, reply_free);
  speak_waiting (self);
  pass_eos (self);
  /* Otherwise the end of the speech is the moment for it. */
  if (!spoke && g_atomic_int_get (&priv->news))
    gst_voice_stage_post (GST_VOICE_STAGE (self), tell_news, NULL, NULL);
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
  if (reply->asked && reply->spoke
      && !gst_voice_stage_is_obsolete (GST_VOICE_STAGE (self), &reply->mark))
    end_speech (self, &reply->mark, reply->speech);
  if (reply->news && !reply->spoke)
    g_atomic_int_set (&priv->news, TRUE);
  end_reply (self);
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
    request.tools = llm_query_tools (GST_VOICE_STAGE (self));
  reply->mark.flags &= ~GST_VOICE_FLAG_UNINTERRUPTIBLE;
  reply->has_tools = request.tools != NULL;
  reply->asked = TRUE;
  reply->spoke = FALSE;
  reply->speech = 0;
  reply->offset = 0;
  reply->answered = FALSE;
  g_ptr_array_set_size (reply->calls, 0);
  if (g_atomic_int_compare_and_exchange (&priv->news, TRUE, FALSE))
    reply->news = TRUE;
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
  forget_held (priv);
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
  if (PRIV (self)->held_turn == turn)
    tell_held (self);
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
  GstVoiceMark mark = {.generation = gst_voice_stage_generation (stage) };

  if (!g_atomic_int_get (&priv->news) || priv->reply
      || g_atomic_int_get (&priv->sounding)
      || g_atomic_int_get (&priv->audible))
    return;
  begin_reply (self, 0, &mark, gst_voice_chat_render (chat_of (self)), FALSE);
}

static gboolean
is_call_of (const Reply * reply, const gchar * id, guint * index)
{
  for (guint i = 0; i < reply->calls->len; i++) {
    if (strcmp (gst_voice_structure_string (g_ptr_array_index (reply->calls,
                    i), "id"), id) == 0) {
      if (index)
        *index = i;
      return TRUE;
    }
  }
  return FALSE;
}

/* When all calls of the step are answered or taken back, the model is asked
 * what it makes of that. */
static void
take_own_result (GstVoiceLlm * self, Reply * reply, guint index,
    gboolean cancelled, gboolean last)
{
  g_ptr_array_remove_index (reply->calls, index);
  reply->answered |= !cancelled;
  reply->last |= last;
  if (reply->calls->len > 0)
    return;
  if (reply->last || !reply->answered)
    end_reply (self);
  else
    ask (self, gst_voice_chat_render (chat_of (self)));
}

static void
take_result (GstVoiceLlm * self, const GstStructure * s)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  const gchar *id = gst_voice_structure_string (s, "id");
  const gchar *outcome = gst_voice_structure_string (s, "outcome");
  gboolean cancelled = strcmp (outcome, "cancelled") == 0;
  gboolean news = FALSE;
  guint index;

  /* A call that goes on is shown as running until it has its result. */
  if (strcmp (outcome, "running") != 0)
    news = gst_voice_chat_result (chat_of (self), id, cancelled ?
        GST_VOICE_CALL_CANCELLED : GST_VOICE_CALL_DONE,
        gst_voice_structure_string (s, "json"));
  if (priv->reply && !priv->reply->asked && is_call_of (priv->reply, id,
          &index)) {
    take_own_result (self, priv->reply, index, cancelled,
        gst_voice_structure_boolean (s, "last"));
  } else if (news && !cancelled) {
    g_atomic_int_set (&priv->news, TRUE);
    tell_news (GST_VOICE_STAGE (self), NULL);
  }
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

static void
take_settings (GstVoiceLlm * self)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  GstVoiceSession *session = gst_voice_stage_session (GST_VOICE_STAGE (self));

  priv->greeting_known = gst_voice_bindings_apply (GST_ELEMENT (self), session,
      greeting_bindings, G_N_ELEMENTS (greeting_bindings));
  gst_voice_bindings_apply (GST_ELEMENT (self), session, bindings,
      G_N_ELEMENTS (bindings));
  GST_OBJECT_LOCK (self);
  llm_settings_copy (&priv->now, &priv->settings);
  GST_OBJECT_UNLOCK (self);
}

/* What is not known may be what is yet to be told: `voice/participant` then
 * comes after this; or is on its way, and the variables are set. */
static void
greet (GstVoiceStage * stage, gpointer data)
{
  GstVoiceLlm *self = GST_VOICE_LLM (stage);
  GstVoiceLlmPrivate *priv = PRIV (self);

  priv->due = TRUE;
  if (priv->greeted || priv->relay)
    return;
  if (!priv->greeting_known && !priv->introduced) {
    if (llm_query_awaits (GST_VOICE_STAGE (self)))
      return;
    take_settings (self);
  }
  priv->greeted = TRUE;
  request_say (self, priv->now.welcome, priv->now.welcome_interruptible,
      "greeting");
}

/* Its variables are set: the texts are what they are now. */
static void
take_participant (GstVoiceLlm * self)
{
  PRIV (self)->introduced = TRUE;
  take_settings (self);
  if (PRIV (self)->due)
    greet (GST_VOICE_STAGE (self), NULL);
}

static void
take_note (GstVoiceLlm * self, const GstStructure * s)
{
  gst_voice_stage_report (GST_VOICE_STAGE (self), gst_structure_copy (s));
  gst_voice_chat_note (chat_of (self), gst_voice_structure_string (s, "text"));
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
  if (gst_voice_event_is (event, "participant")) {
    take_participant (self);
    return FALSE;
  }
  if (gst_voice_event_is (event, "tool-result"))
    take_result (self, s);
  else if (gst_voice_event_is (event, "note"))
    take_note (self, s);
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

/* The line closes: a model that says nothing any more must not keep it open. */
static void
give_up (GstVoiceStage * stage, gpointer data)
{
  drop_reply (GST_VOICE_LLM (stage));
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  GstVoiceLlmPrivate *priv = PRIV (GST_VOICE_LLM (stage));
  const GstStructure *s = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "hangup")
      && gst_voice_structure_boolean (s, "now")) {
    gst_voice_stage_post (stage, give_up, NULL, NULL);
  } else if (gst_voice_event_is (event, "speech-start")) {
    g_atomic_int_set (&priv->sounding, TRUE);
  } else if (gst_voice_event_is (event, "speech-stop")) {
    g_atomic_int_set (&priv->sounding, FALSE);
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
  guint speech = gst_voice_structure_uint (s, "speech");

  if (gst_voice_event_is (event, "playing")) {
    g_atomic_int_set (&priv->audible, speech);
    gst_voice_chat_playing (chat_of (self), speech);
  } else if (gst_voice_event_is (event, "heard")) {
    g_atomic_int_compare_and_exchange (&priv->audible, speech, 0);
    gst_voice_chat_heard (chat_of (self), speech,
        gst_voice_structure_string (s, "text"),
        gst_voice_structure_boolean (s, "complete"));
    gst_voice_stage_post (stage, tell_news, NULL, NULL);
  } else if (gst_voice_event_is (event, "tool-result")
      || gst_voice_event_is (event, "note")) {
    gst_voice_stage_post_event (stage, gst_event_ref (event));
    return TRUE;
  } else if ((gst_voice_event_is (event, "say")
          || gst_voice_event_is (event, "hangup"))
      && !llm_query_arbiter (GST_VOICE_STAGE (self))) {
    gst_voice_stage_post_event (stage, gst_event_ref (event));
    return TRUE;
  }
  return FALSE;
}

/* What was written to no purpose leaves the conversation. */
static void
cut_chat (GstVoiceLlm * self, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "withdraw"))
    gst_voice_chat_forget (chat_of (self), gst_voice_structure_uint (s,
            "turn"));
  else
    gst_voice_chat_cut (chat_of (self), gst_voice_structure_uint (s,
            "generation"), gst_voice_structure_boolean (s, "force"));
}

/* In the task, after what was queued before the interruption. A token that was
 * in work meanwhile may have begun a message. */
static void
drop_obsolete (GstVoiceStage * stage, gpointer event)
{
  GstVoiceLlm *self = GST_VOICE_LLM (stage);
  GstVoiceLlmPrivate *priv = PRIV (self);

  if (priv->reply && gst_voice_stage_is_obsolete (stage, &priv->reply->mark))
    drop_reply (self);
  if (gst_voice_event_is (event, "withdraw")
      && gst_voice_structure_uint (gst_voice_event_parse (event), "turn") ==
      priv->held_turn)
    forget_held (priv);
  cut_chat (self, event);
}

static void
interrupt (GstVoiceStage * stage, GstEvent * event)
{
  cut_chat (GST_VOICE_LLM (stage), event);
  gst_voice_stage_post (stage, drop_obsolete, gst_event_ref (event),
      (GDestroyNotify) gst_event_unref);
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
  forget_held (priv);
  while ((event = g_queue_pop_head (&priv->says)))
    gst_event_unref (event);
  priv->introduced = priv->due = priv->greeted = FALSE;
  priv->eos = priv->told_refusal = FALSE;
  priv->failures = priv->plain_turn = 0;
  priv->sounding = priv->audible = priv->news = 0;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstCaps *caps = gst_static_pad_template_get_caps (&src_template);

  /* A greeting comes before the caller's first word, and so before caps. */
  gst_voice_stage_set_src_caps (stage, caps);
  gst_caps_unref (caps);
  clear_call_state (PRIV (GST_VOICE_LLM (stage)));
  take_settings (GST_VOICE_LLM (stage));
  return TRUE;
}

static void
stop (GstVoiceStage * stage)
{
  clear_call_state (PRIV (GST_VOICE_LLM (stage)));
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
  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (object);
  if (!llm_settings_set (&PRIV (GST_VOICE_LLM (object))->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (object);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GST_OBJECT_LOCK (object);
  if (!llm_settings_get (&PRIV (GST_VOICE_LLM (object))->settings, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (object);
}

static void
finalize (GObject * object)
{
  GstVoiceLlmPrivate *priv = PRIV (GST_VOICE_LLM (object));

  clear_call_state (priv);
  llm_settings_clear (&priv->settings);
  llm_settings_clear (&priv->now);
  G_OBJECT_CLASS (gst_voice_llm_parent_class)->finalize (object);
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
  llm_settings_install (object_class);
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
  llm_settings_init (&PRIV (self)->settings);
  PRIV (self)->patience = PATIENCE;
  g_queue_init (&PRIV (self)->held);
  g_queue_init (&PRIV (self)->says);
}

/* The reply that request @id belongs to, if it is still wanted. */
static Reply *
reply_of (GstVoiceLlm * self, guint id)
{
  Reply *reply = PRIV (self)->reply;

  return reply && reply->asked && reply->id == id
      && !gst_voice_stage_is_obsolete (GST_VOICE_STAGE (self), &reply->mark) ?
      reply : NULL;
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
  GstVoiceLlmPrivate *priv = PRIV (llm);
  Reply *reply = reply_of (llm, id);

  if (priv->relay)
    priv->relay->uninterruptible (llm, id, priv->relay_data);
  else if (reply && !reply->spoke)
    reply->mark.flags |= GST_VOICE_FLAG_UNINTERRUPTIBLE;
}

/**
 * gst_voice_llm_expect:
 * @llm: a model; to be called in the task, before gst_voice_llm_done()
 * @id: the request
 * @kind: what kind of answer it has asked for, see `voice/expect`
 * @length: how many digits or letters, or 0
 */
void
gst_voice_llm_expect (GstVoiceLlm * llm, guint id, const gchar * kind,
    guint length)
{
  GstVoiceLlmPrivate *priv = PRIV (llm);
  Reply *reply = reply_of (llm, id);

  if (priv->relay)
    priv->relay->expect (llm, id, kind, length, priv->relay_data);
  else if (reply)
    tell_or_hold (llm, reply, gst_voice_structure_new ("expect",
            "kind", kind, "length", length, NULL));
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
  GstVoiceLlmPrivate *priv = PRIV (llm);
  Reply *reply = reply_of (llm, id);

  if (priv->relay)
    priv->relay->token (llm, id, text, priv->relay_data);
  if (!reply || !*text)
    return;
  if (!reply->spoke) {
    reply->spoke = TRUE;
    pass (llm, reply->turn, GST_VOICE_MILESTONE_TOKEN);
    reply->speech = begin_speech (llm, &reply->mark, "reply");
    gst_voice_chat_reply (chat_of (llm), reply->speech, reply->turn,
        reply->mark.generation);
    if (reply->mark.flags & GST_VOICE_FLAG_UNINTERRUPTIBLE)
      gst_voice_chat_keep (chat_of (llm), reply->speech);
  }
  pass (llm, reply->turn, GST_VOICE_MILESTONE_ENOUGH);
  gst_voice_chat_append (chat_of (llm), reply->speech, text);
  push_text (llm, &reply->mark, reply->speech, reply->offset, text);
  reply->offset += g_utf8_strlen (text, -1);
}

/* A model that was offered no tools calls one: said once, for whoever has set
 * this up. */
static void
refuse_call (GstVoiceLlm * self, const Reply * reply, const gchar * name)
{
  GstVoiceLlmPrivate *priv = PRIV (self);
  GError *error;

  if (priv->told_refusal)
    return;
  priv->told_refusal = TRUE;
  error = reply->step > priv->now.max_steps ?
      g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST, "the tool "
      "\"%s\" was not called: the model has called tools %u times in this "
      "turn; if it needs more, raise max-steps", name, priv->now.max_steps) :
      g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST, "the tool "
      "\"%s\" was not called: there are no tools; put toolcall behind the "
      "model, and the tool into the persona or its property tools", name);
  gst_voice_error_post (GST_ELEMENT (self), error, llm_provider_of (self), 0,
      NULL, FALSE);
  g_error_free (error);
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
 * The calls of a step go on together when it is done. A model that was offered
 * no tools can call none; a WARNING says so.
 */
void
gst_voice_llm_call (GstVoiceLlm * llm, guint id, const gchar * call_id,
    const gchar * name, const gchar * arguments)
{
  GstVoiceLlmPrivate *priv = PRIV (llm);
  Reply *reply = reply_of (llm, id);
  gchar *wanted, *unique;

  if (priv->relay)
    priv->relay->call (llm, id, call_id, name, arguments, priv->relay_data);
  if (!reply)
    return;
  if (!reply->has_tools) {
    refuse_call (llm, reply, name);
    return;
  }
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
no_reply (GstVoiceLlm * self, const Reply * reply, const gchar * reason)
{
  tell_or_hold (self, reply, gst_voice_structure_new ("no-reply",
          "turn", reply->turn, "reason", reason, NULL));
}

/**
 * gst_voice_llm_done_by:
 * @llm: a model; to be called in the task
 * @id: the request that is answered
 * @provider: the factory of the element that has answered
 * @usage: what it has used
 *
 * gst_voice_llm_done() for whoever has asked another element.
 */
void
gst_voice_llm_done_by (GstVoiceLlm * llm, guint id, const gchar * provider,
    const GstVoiceLlmUsage * usage)
{
  GstVoiceLlmPrivate *priv = PRIV (llm);
  Reply *reply = reply_of (llm, id);

  /* What nobody wants any more is paid for, too. */
  llm_report_usage (llm, provider, priv->reply && priv->reply->id == id ?
      priv->reply->turn : 0, usage, FALSE);
  if (!reply)
    return;
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
    no_reply (llm, reply, "empty");
  end_reply (llm);
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
  GstVoiceLlmUsage usage =
      { model, tokens_in, tokens_cached, tokens_out, cost };

  if (priv->relay)
    priv->relay->done (llm, id, &usage, priv->relay_data);
  else
    gst_voice_llm_done_by (llm, id, llm_provider_of (llm), &usage);
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

  if (priv->relay)
    priv->relay->fail (llm, id, error, priv->relay_data);
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
  gst_voice_error_post (GST_ELEMENT (llm), error, llm_provider_of (llm), 0,
      NULL, FALSE);
  g_error_free (error);
  reply->asked = FALSE;
  if (!reply->spoke && reply->mark.flags & GST_VOICE_FLAG_PROPOSED) {
    /* `turn` withdraws it, and asks again when the turn counts. */
    gst_voice_stage_push_event (stage, GST_VOICE_UPSTREAM,
        gst_voice_structure_new ("no-reply", "turn", reply->turn,
            "reason", "error", NULL));
    end_reply (llm);
    return;
  }
  if (reply->spoke)
    end_speech (llm, &reply->mark, reply->speech);
  no_reply (llm, reply, "error");
  if (reply->mark.flags & GST_VOICE_FLAG_PROPOSED)
    priv->held_failure = TRUE;
  else
    apologise (llm);
  end_reply (llm);
}

/**
 * gst_voice_llm_speech:
 * @llm: a model; to be called in the task
 * @id: a request
 *
 * Returns: the speech in which it is answered, 0 before its first token
 */
guint
gst_voice_llm_speech (GstVoiceLlm * llm, guint id)
{
  Reply *reply = reply_of (llm, id);

  return reply && reply->spoke ? reply->speech : 0;
}

/**
 * gst_voice_llm_set_relay:
 * @llm: a model that has not started
 * @relay: who takes what it writes
 * @data: for @relay
 *
 * The model keeps no conversation from now on and does not greet; its pads stay
 * unlinked. What is asked of it its `request` is called with, in its task.
 */
void
gst_voice_llm_set_relay (GstVoiceLlm * llm, const GstVoiceLlmRelay * relay,
    gpointer data)
{
  PRIV (llm)->relay = relay;
  PRIV (llm)->relay_data = data;
}

/**
 * gst_voice_llm_set_patience:
 * @llm: a model that has not started
 * @failures: after so many in a row the call ends
 */
void
gst_voice_llm_set_patience (GstVoiceLlm * llm, guint failures)
{
  PRIV (llm)->patience = failures;
}
