/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A language model that has others write for it: one at a time, or a second one
 * beside the first when that is late. The conversation, the steps of a reply
 * and what an interruption does to them are those of the base class, once; the
 * children only write.
 *
 * If a child falls silent before a word of its own has been passed on the next
 * is asked the same. If part of the reply has been, the next is shown that part
 * as what it has said itself, and told to go on; what it repeats nevertheless
 * is taken out (fallback_overlap()). Tool calls go on when the request is done,
 * so a child that fails has called none.
 *
 * Threads: the task, but for what comes from a child, which is posted; `ask`
 * and `drop` are posted to the child's task. Locks: none of its own.
 */
#include "fallback-llm.h"

#include <gst-voice/binding.h>
#include <gst-voice/relay.h>
#include <string.h>

#define TIMER_TIMEOUT 0
#define TIMER_SECOND 1
#define GO_ON "The connection was lost behind your last message. Go on " \
    "exactly where it ends; repeat nothing of it."

typedef struct
{
  GstVoiceFallbackLlm *front;   /* borrowed */
  guint child;
} Link;

/* What a child is asked by one run. */
typedef struct
{
  guint run, child;
  GstClockTime since;
} Run;

struct _GstVoiceFallbackLlm
{
  GstVoiceLlm parent;

  /* set once when it is made */
  FallbackTeam *team;
  Link links[FALLBACK_MAX];

  /* task only */
  GstVoiceLlmRequest request;   /* a copy; id 0: nothing is asked */
  Run runs[2];                  /* run 0: none */
  guint last_run, winner;       /* the run that has begun to write, or 0 */
  guint second;                 /* who may be asked beside the first */
  GString *said;                /* passed on in this request */
  GString *held;                /* from the winner, not passed on yet */
  gboolean going_on;            /* it has to go on from `said` */
  GPtrArray *calls;             /* of GStrv {id, name, arguments} */
};

G_DEFINE_FINAL_TYPE (GstVoiceFallbackLlm, gst_voice_fallback_llm,
    GST_TYPE_VOICE_LLM);

typedef enum
{
  TOKEN,
  CALL,
  UNINTERRUPTIBLE,
  EXPECT,
  DONE,
  FAIL,
} AnswerKind;

/* From a child's task to ours. */
typedef struct
{
  AnswerKind kind;
  guint child, run;
  gchar *text, *name, *arguments;
  guint length;
  GstVoiceLlmUsage usage;       /* its model is `text` */
  GError *error;
} Answer;

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->text);
  g_free (answer->name);
  g_free (answer->arguments);
  g_clear_error (&answer->error);
  g_free (answer);
}

/* From our task to a child's. */
typedef struct
{
  GstVoiceLlmRequest request;
  gchar *system;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->system);
  json_array_unref (question->request.messages);
  g_clear_pointer (&question->request.tools, json_array_unref);
  g_free (question);
}

static void
ask_in_child (GstVoiceStage * stage, gpointer data)
{
  GstVoiceLlm *child = GST_VOICE_LLM (stage);
  GstVoiceLlmRequest request = ((Question *) data)->request;
  gchar *system = NULL;

  request.system = ((Question *) data)->system;
  if (gst_voice_binding_is_set (G_OBJECT (child), "system-prompt")) {
    g_object_get (child, "system-prompt", &system, NULL);
    request.system = system;
  }
  if (gst_voice_binding_is_set (G_OBJECT (child), "temperature"))
    g_object_get (child, "temperature", &request.temperature, NULL);
  GST_VOICE_LLM_GET_CLASS (child)->request (child, &request);
  g_free (system);
}

static void
drop_in_child (GstVoiceStage * stage, gpointer data)
{
  GstVoiceLlm *child = GST_VOICE_LLM (stage);

  if (GST_VOICE_LLM_GET_CLASS (child)->cancel)
    GST_VOICE_LLM_GET_CLASS (child)->cancel (child, GPOINTER_TO_UINT (data));
}

static GstVoiceStage *
stage_of (GstVoiceFallbackLlm * self, guint child)
{
  return GST_VOICE_STAGE (fallback_team_child (self->team, child));
}

static Run *
find_run (GstVoiceFallbackLlm * self, guint run)
{
  for (guint i = 0; run && i < G_N_ELEMENTS (self->runs); i++) {
    if (self->runs[i].run == run)
      return &self->runs[i];
  }
  return NULL;
}

static Run *
free_run (GstVoiceFallbackLlm * self)
{
  return self->runs[0].run == 0 ? &self->runs[0] : &self->runs[1];
}

static gboolean
is_running (const GstVoiceFallbackLlm * self)
{
  return self->runs[0].run || self->runs[1].run;
}

static void
drop_run (GstVoiceFallbackLlm * self, Run * run)
{
  gst_voice_stage_post (stage_of (self, run->child), drop_in_child,
      GUINT_TO_POINTER (run->run), NULL);
  run->run = 0;
}

static void
drop_others (GstVoiceFallbackLlm * self, guint winner)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->runs); i++) {
    if (self->runs[i].run && self->runs[i].run != winner)
      drop_run (self, &self->runs[i]);
  }
}

static void
set_timer (GstVoiceFallbackLlm * self, guint id, GstClockTime after)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  gst_voice_stage_set_timer (stage, id, GST_CLOCK_TIME_IS_VALID (after) ?
      gst_voice_stage_now (stage) + after : GST_CLOCK_TIME_NONE);
}

static void
watch (GstVoiceFallbackLlm * self)
{
  guint timeout = fallback_team_settings (self->team)->timeout;

  set_timer (self, TIMER_TIMEOUT, timeout && is_running (self) ?
      timeout * GST_MSECOND : GST_CLOCK_TIME_NONE);
}

/* The request is over for us. */
static void
forget (GstVoiceFallbackLlm * self)
{
  drop_others (self, 0);
  self->request.id = 0;
  g_clear_pointer ((gchar **) & self->request.system, g_free);
  g_clear_pointer (&self->request.messages, json_array_unref);
  g_clear_pointer (&self->request.tools, json_array_unref);
  g_string_truncate (self->said, 0);
  g_string_truncate (self->held, 0);
  g_ptr_array_set_size (self->calls, 0);
  self->winner = 0;
  self->going_on = FALSE;
  set_timer (self, TIMER_TIMEOUT, GST_CLOCK_TIME_NONE);
  set_timer (self, TIMER_SECOND, GST_CLOCK_TIME_NONE);
}

static void
add_message (JsonArray * messages, const gchar * role, const gchar * text)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "role", role);
  json_object_set_string_member (message, "content", text);
  json_array_add_object_element (messages, message);
}

/* The conversation, and what has been said of the reply. */
static JsonArray *
messages_to_go_on (GstVoiceFallbackLlm * self)
{
  JsonArray *messages = json_array_new ();
  guint n = json_array_get_length (self->request.messages);

  for (guint i = 0; i < n; i++)
    json_array_add_element (messages, json_node_ref (json_array_get_element
            (self->request.messages, i)));
  add_message (messages, "assistant", self->said->str);
  add_message (messages, "system", GO_ON);
  return messages;
}

static void
ask_child (GstVoiceFallbackLlm * self, guint child)
{
  Question *question = g_new0 (Question, 1);
  Run *run = free_run (self);

  run->run = ++self->last_run;
  run->child = child;
  run->since = gst_voice_stage_now (GST_VOICE_STAGE (self));
  question->request = self->request;
  question->request.id = run->run;
  question->system = g_strdup (self->request.system);
  question->request.messages = self->going_on ? messages_to_go_on (self) :
      json_array_ref (self->request.messages);
  if (self->request.tools)
    json_array_ref (self->request.tools);
  gst_voice_stage_post (stage_of (self, child), ask_in_child, question,
      question_free);
}

static void
expect_second (GstVoiceFallbackLlm * self)
{
  GstClockTime now = gst_voice_stage_now (GST_VOICE_STAGE (self));
  gint64 after = -1;
  gint child;

  if (!fallback_team_settings (self->team)->hedge || self->going_on)
    return;
  child = fallback_team_second (self->team, now, &after);
  if (child < 0 || after < 0)
    return;
  self->second = child;
  set_timer (self, TIMER_SECOND, after * GST_USECOND);
}

/* Nobody is left: the base apologises, and ends the call when it has to. */
static void
give_up (GstVoiceFallbackLlm * self, const GError * error)
{
  guint id = self->request.id;

  forget (self);
  gst_voice_llm_fail (GST_VOICE_LLM (self), id, error ?
      g_error_copy (error) : g_error_new (GST_VOICE_ERROR,
          GST_VOICE_ERROR_INTERNAL, "no model of the fallback can work"));
}

static void
ask_next (GstVoiceFallbackLlm * self, const GError * error)
{
  gint child = fallback_team_choose (self->team,
      gst_voice_stage_now (GST_VOICE_STAGE (self)), TRUE);

  if (child == FALLBACK_STOPPED)
    return;
  if (child < 0) {
    give_up (self, error);
    return;
  }
  ask_child (self, child);
  expect_second (self);
  watch (self);
}

/* What the one that failed had written and was not passed on is nobody's. */
static void
lose_run (GstVoiceFallbackLlm * self, Run * run, const GError * error,
    gboolean own_finding)
{
  if (self->winner == run->run)
    self->winner = 0;
  run->run = 0;
  g_string_truncate (self->held, 0);
  g_ptr_array_set_size (self->calls, 0);
  fallback_team_failed (self->team, run->child, error,
      gst_voice_stage_now (GST_VOICE_STAGE (self)), own_finding);
  if (is_running (self))
    return;
  self->going_on = self->said->len > 0;
  ask_next (self, error);
}

static void
win (GstVoiceFallbackLlm * self, const Run * run)
{
  if (self->winner)
    return;
  self->winner = run->run;
  drop_others (self, run->run);
  set_timer (self, TIMER_SECOND, GST_CLOCK_TIME_NONE);
  fallback_team_answered (self->team, run->child,
      gst_voice_stage_now (GST_VOICE_STAGE (self)) - run->since);
}

static void
pass_text (GstVoiceFallbackLlm * self, const gchar * text)
{
  g_string_append (self->said, text);
  gst_voice_llm_token (GST_VOICE_LLM (self), self->request.id, text);
}

/* One space between what was said and what goes on. */
static void
join (const gchar * said, GString * text)
{
  const gchar *end = said + strlen (said), *p = text->str;
  gboolean open = end == said || g_unichar_isspace (g_utf8_get_char
      (g_utf8_prev_char (end)));

  while (open && *p && g_unichar_isspace (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);
  g_string_erase (text, 0, p - text->str);
  if (!open && g_unichar_isalnum (g_utf8_get_char (text->str)))
    g_string_prepend_c (text, ' ');
}

/* The first words of one who goes on may be those that were said. */
static void
pass_held (GstVoiceFallbackLlm * self, gboolean complete)
{
  gssize overlap = fallback_overlap (self->said->str, self->held->str,
      complete);

  if (overlap < 0)
    return;
  g_string_erase (self->held, 0, overlap);
  if (self->held->len == 0 && !complete)
    return;
  self->going_on = FALSE;
  join (self->said->str, self->held);
  if (self->held->len > 0)
    pass_text (self, self->held->str);
  g_string_truncate (self->held, 0);
}

static void
take_token (GstVoiceFallbackLlm * self, const gchar * text)
{
  if (!self->going_on) {
    pass_text (self, text);
    return;
  }
  g_string_append (self->held, text);
  pass_held (self, FALSE);
}

static void
take_done (GstVoiceFallbackLlm * self, Run * run, const Answer * answer)
{
  GstVoiceLlm *llm = GST_VOICE_LLM (self);
  GstVoiceLlmUsage usage = answer->usage;
  const gchar *provider = fallback_team_provider (self->team, run->child);
  guint id = self->request.id;

  if (self->going_on)
    pass_held (self, TRUE);
  for (guint i = 0; i < self->calls->len; i++) {
    gchar **call = g_ptr_array_index (self->calls, i);

    gst_voice_llm_call (llm, id, call[0], call[1], call[2]);
  }
  usage.model = answer->text;
  run->run = 0;
  forget (self);
  gst_voice_llm_done_by (llm, id, provider, &usage);
}

static void
take_call (GstVoiceFallbackLlm * self, const Answer * answer)
{
  gchar **call = g_new0 (gchar *, 4);

  call[0] = g_strdup (answer->text ? answer->text : "");
  call[1] = g_strdup (answer->name);
  call[2] = g_strdup (answer->arguments);
  g_ptr_array_add (self->calls, call);
}

/* Of one that was through before it was told that nobody wants it. */
static void
take_late_usage (GstVoiceFallbackLlm * self, const Answer * answer)
{
  GstVoiceLlmUsage usage = answer->usage;

  usage.model = answer->text;
  gst_voice_llm_done_by (GST_VOICE_LLM (self), 0, fallback_team_provider
      (self->team, answer->child), &usage);
}

static void
take_answer (GstVoiceStage * stage, gpointer data)
{
  GstVoiceFallbackLlm *self = GST_VOICE_FALLBACK_LLM (stage);
  GstVoiceLlm *llm = GST_VOICE_LLM (stage);
  const Answer *answer = data;
  Run *run = find_run (self, answer->run);

  if (!run && answer->kind == DONE)
    take_late_usage (self, answer);
  if (!run)
    return;
  if (answer->kind == FAIL) {
    lose_run (self, run, answer->error, FALSE);
    return;
  }
  win (self, run);
  switch (answer->kind) {
    case TOKEN:
      take_token (self, answer->text);
      break;
    case CALL:
      take_call (self, answer);
      break;
    case UNINTERRUPTIBLE:
      gst_voice_llm_set_uninterruptible (llm, self->request.id);
      break;
    case EXPECT:
      gst_voice_llm_expect (llm, self->request.id, answer->text,
          answer->length);
      break;
    default:
      take_done (self, run, answer);
      return;
  }
  watch (self);
}

static void
send_answer (const Link * link, guint run, AnswerKind kind, Answer * answer)
{
  answer->kind = kind;
  answer->child = link->child;
  answer->run = run;
  gst_voice_stage_post (GST_VOICE_STAGE (link->front), take_answer, answer,
      answer_free);
}

static void
on_token (GstVoiceLlm * child, guint run, const gchar * text, gpointer data)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->text = g_strdup (text);
  send_answer (data, run, TOKEN, answer);
}

static void
on_call (GstVoiceLlm * child, guint run, const gchar * call_id,
    const gchar * name, const gchar * arguments, gpointer data)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->text = g_strdup (call_id);
  answer->name = g_strdup (name);
  answer->arguments = g_strdup (arguments);
  send_answer (data, run, CALL, answer);
}

static void
on_uninterruptible (GstVoiceLlm * child, guint run, gpointer data)
{
  send_answer (data, run, UNINTERRUPTIBLE, g_new0 (Answer, 1));
}

static void
on_expect (GstVoiceLlm * child, guint run, const gchar * kind, guint length,
    gpointer data)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->text = g_strdup (kind);
  answer->length = length;
  send_answer (data, run, EXPECT, answer);
}

static void
on_done (GstVoiceLlm * child, guint run, const GstVoiceLlmUsage * usage,
    gpointer data)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->usage = *usage;
  answer->usage.model = NULL;
  answer->text = g_strdup (usage->model);
  send_answer (data, run, DONE, answer);
}

static void
on_fail (GstVoiceLlm * child, guint run, const GError * error, gpointer data)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->error = g_error_copy (error);
  send_answer (data, run, FAIL, answer);
}

static const GstVoiceLlmRelay relay = {
  .token = on_token,
  .call = on_call,
  .uninterruptible = on_uninterruptible,
  .expect = on_expect,
  .done = on_done,
  .fail = on_fail,
};

static void
request (GstVoiceLlm * llm, const GstVoiceLlmRequest * wanted)
{
  GstVoiceFallbackLlm *self = GST_VOICE_FALLBACK_LLM (llm);

  forget (self);
  self->request = *wanted;
  self->request.system = g_strdup (wanted->system);
  json_array_ref (wanted->messages);
  if (wanted->tools)
    json_array_ref (wanted->tools);
  fallback_team_fresh (self->team);
  ask_next (self, NULL);
}

static void
cancel (GstVoiceLlm * llm, guint id)
{
  GstVoiceFallbackLlm *self = GST_VOICE_FALLBACK_LLM (llm);

  if (self->request.id == id)
    forget (self);
}

static void
time_out (GstVoiceFallbackLlm * self)
{
  guint timeout = fallback_team_settings (self->team)->timeout;
  GError *error = g_error_new (GST_VOICE_ERROR, self->winner ?
      GST_VOICE_ERROR_STALLED : GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT,
      "the model was silent for %u ms", timeout);

  /* Who is asked then takes the place of one that is lost already. */
  for (guint i = 0; i < G_N_ELEMENTS (self->runs); i++) {
    Run lost = self->runs[i];

    if (!lost.run)
      continue;
    gst_voice_stage_post (stage_of (self, lost.child), drop_in_child,
        GUINT_TO_POINTER (lost.run), NULL);
    lose_run (self, &self->runs[i], error, TRUE);
  }
  g_error_free (error);
}

static void
timer (GstVoiceStage * stage, guint id)
{
  GstVoiceFallbackLlm *self = GST_VOICE_FALLBACK_LLM (stage);

  if (id == TIMER_TIMEOUT)
    time_out (self);
  else if (!self->winner && is_running (self)
      && !(self->runs[0].run && self->runs[1].run))
    ask_child (self, self->second);
}

typedef struct
{
  guint child;
  GError *error;
} Loss;

static void
loss_free (gpointer data)
{
  g_error_free (((Loss *) data)->error);
  g_free (data);
}

static void
take_loss (GstVoiceStage * stage, gpointer data)
{
  GstVoiceFallbackLlm *self = GST_VOICE_FALLBACK_LLM (stage);
  const Loss *loss = data;
  gboolean told = FALSE;

  fallback_team_rest (self->team, loss->child);
  for (guint i = 0; i < G_N_ELEMENTS (self->runs); i++) {
    if (!told && self->runs[i].run && self->runs[i].child == loss->child) {
      told = TRUE;
      lose_run (self, &self->runs[i], loss->error, FALSE);
    }
  }
  if (!told)
    fallback_team_failed (self->team, loss->child, loss->error,
        gst_voice_stage_now (stage), FALSE);
}

/**
 * fallback_llm_lose:
 * @front: the model that is shown
 * @child: whose element cannot go on
 * @error: why
 *
 * May be called from any thread.
 */
void
fallback_llm_lose (GstElement * front, guint child, const GError * error)
{
  Loss *loss = g_new (Loss, 1);

  loss->child = child;
  loss->error = g_error_copy (error);
  gst_voice_stage_post (GST_VOICE_STAGE (front), take_loss, loss, loss_free);
}

static void
stop (GstVoiceStage * stage)
{
  forget (GST_VOICE_FALLBACK_LLM (stage));
  GST_VOICE_STAGE_CLASS (gst_voice_fallback_llm_parent_class)->stop (stage);
}

static void
finalize (GObject * object)
{
  GstVoiceFallbackLlm *self = GST_VOICE_FALLBACK_LLM (object);

  g_string_free (self->said, TRUE);
  g_string_free (self->held, TRUE);
  g_ptr_array_unref (self->calls);
  if (self->team)
    fallback_team_unref (self->team);
  G_OBJECT_CLASS (gst_voice_fallback_llm_parent_class)->finalize (object);
}

static void
gst_voice_fallback_llm_class_init (GstVoiceFallbackLlmClass * klass)
{
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = finalize;
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Model within fallback", "Text/LLM", "Has other models write",
      "gst-voice");
  stage_class->stop = stop;
  stage_class->timer = timer;
  GST_VOICE_LLM_CLASS (klass)->request = request;
  GST_VOICE_LLM_CLASS (klass)->cancel = cancel;
}

static void
gst_voice_fallback_llm_init (GstVoiceFallbackLlm * self)
{
  self->said = g_string_new (NULL);
  self->held = g_string_new (NULL);
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
}

/* What the conversation is kept with was set at the first model; the others
 * have only their own prompt and temperature. */
static void
take_settings (GstElement * front, GstElement * first)
{
  GObjectClass *klass = g_type_class_peek (GST_TYPE_VOICE_LLM);
  guint n;
  GParamSpec **props = g_object_class_list_properties (klass, &n);

  for (guint i = 0; i < n; i++) {
    GValue value = G_VALUE_INIT;

    if (props[i]->owner_type != GST_TYPE_VOICE_LLM
        || !gst_voice_binding_is_set (G_OBJECT (first), props[i]->name))
      continue;
    g_value_init (&value, props[i]->value_type);
    g_object_get_property (G_OBJECT (first), props[i]->name, &value);
    g_object_set_property (G_OBJECT (front), props[i]->name, &value);
    g_value_unset (&value);
  }
  g_free (props);
}

/**
 * fallback_llm_new:
 * @team: (transfer full): of models, none of which has started
 *
 * Returns: (transfer floating): the model to show
 */
GstElement *
fallback_llm_new (FallbackTeam * team)
{
  GstVoiceFallbackLlm *self = g_object_new (GST_TYPE_VOICE_FALLBACK_LLM, NULL);
  const gchar *last_resort = fallback_team_settings (team)->last_resort;

  self->team = team;
  for (guint i = 0; i < fallback_team_size (team); i++) {
    self->links[i].front = self;
    self->links[i].child = i;
    gst_voice_llm_set_relay (GST_VOICE_LLM (fallback_team_child (team, i)),
        &relay, &self->links[i]);
  }
  take_settings (GST_ELEMENT (self), fallback_team_child (team, 0));
  if (last_resort) {
    g_object_set (self, "apology", last_resort, NULL);
    gst_voice_llm_set_patience (GST_VOICE_LLM (self), 1);
  }
  return GST_ELEMENT (self);
}
