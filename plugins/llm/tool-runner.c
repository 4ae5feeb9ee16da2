/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which call runs, when, and that it has one result. A call of a turn that is
 * only proposed waits for the commit; an interruption takes reads back and lets
 * writes finish; a write is in the journal, on the disk, before it is begun; no
 * id runs twice.
 *
 * Threads: calls and commits come in the streaming thread, interruptions in any
 * other. What is answered later (by the network thread, by the clock, which may
 * only signal) is posted as a job; jobs are done one after the other by a
 * thread of GStreamer's pool.
 * Locks: `lock`, a leaf but for the clock's: nothing is pushed, reported or
 * called in a kind of tool with it held.
 */
#include "tool-runner.h"
#include "tool-json.h"
#include "tool-ledger.h"
#include "tool-steps.h"

#include <gst-voice/error.h>
#include <gst-voice/events.h>
#include <gst-voice/filter.h>
#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (toolcall_debug);
#define GST_CAT_DEFAULT toolcall_debug

/* As `turn` has it. */
#define MAX_CALLS 32
#define DEFAULT_FILLER_AFTER (1500 * GST_MSECOND)
#define MAX_IDS 4096

typedef struct
{
  ToolCall *call;               /* or NULL: timers are due */
  ToolCallFunc func;
  gboolean deadlines;
  GstVoiceToken *token;
} Job;

typedef enum
{
  FATE_RUNS,
  FATE_WAITS,
  FATE_OBSOLETE,
  FATE_DUPLICATE,
} Fate;

typedef enum
{
  DUE_NOTHING,
  DUE_ANSWER,
  DUE_TIMEOUT,
  DUE_FILLER,
} Due;

struct _ToolRunner
{
  /* set once in tool_runner_new() */
  GstElement *element;          /* owns this */
  GstPad *sinkpad;
  GstVoiceAlarm *answers, *deadlines;
  ToolLedger *ledger;

  /* state changes only, read by the streaming thread */
  GstVoiceSession *session;
  ToolRunnerSettings settings;

  /* lock */
  GMutex lock;
  Toolbox *box;                 /* NULL unless it is started */
  gboolean playing;
  gboolean speaking;            /* `playout` is busy */
  GstVoiceFilter filter;
  GQueue calls;                 /* of ToolCall, a reference each */
  GHashTable *ids;              /* of calls that were ever accepted */
  GQueue id_order;              /* the same, the oldest first */
  ToolSteps steps;
  guint n_fillers;              /* how many were taken from the settings */
  GQueue jobs;                  /* of Job */
  gboolean working;
  guint n_accepted, n_dropped, n_duplicates, n_outcomes[TOOL_LATE + 1];
};

static const gchar *const outcome_names[] = { "ok", "invalid", "error",
  "timeout", "cancelled", "late"
};

static const gchar *const access_names[] = { "read", "write" };

static GstClockTime
now_of (ToolRunner * self)
{
  GstClockTime now = gst_element_get_current_running_time (self->element);

  return GST_CLOCK_TIME_IS_VALID (now) ? now : 0;
}

static void
push_up (ToolRunner * self, GstStructure * s)
{
  gst_pad_push_event (self->sinkpad, gst_voice_event_new (GST_VOICE_UPSTREAM,
          NULL, s));
}

static gboolean
turn_is_upstream (ToolRunner * self)
{
  GstQuery *query = gst_voice_query_new ("arbiter");
  gboolean yes = gst_pad_peer_query (self->sinkpad, query);

  gst_query_unref (query);
  return yes;
}

static gboolean
is_write (const ToolCall * call)
{
  return call->tool && call->tool->access == GST_VOICE_TOOL_WRITE;
}

static ToolCall *
call_new (ToolRunner * self, const GstStructure * s)
{
  ToolCall *call = g_new0 (ToolCall, 1);
  const GstVoicePersonaTool *spec;

  call->refs = 1;
  call->runner = self;
  call->element = gst_object_ref (self->element);
  call->session = g_object_ref (self->session);
  call->box = toolbox_ref (self->box);
  call->ledger = self->ledger;
  call->id = g_strdup (gst_voice_structure_string (s, "id"));
  call->name = g_strdup (gst_voice_structure_string (s, "name"));
  call->text = g_strdup (gst_voice_structure_string (s, "arguments"));
  call->turn = gst_voice_structure_uint (s, "turn");
  call->speech = gst_voice_structure_uint (s, "speech");
  call->step = gst_voice_structure_uint (s, "step");
  call->calls = MAX (gst_voice_structure_uint (s, "calls"), 1);
  call->generation = gst_voice_structure_uint (s, "generation");
  call->tool = toolbox_find (call->box, call->name);
  spec = call->tool ? call->tool->spec : NULL;
  call->timeout = spec && spec->timeout > 0 ?
      (GstClockTime) (spec->timeout * GST_SECOND) : self->settings.timeout;
  call->answer_at = call->timeout_at = call->filler_at = GST_CLOCK_TIME_NONE;
  return call;
}

static gboolean
passes_locked (ToolRunner * self, const ToolCall * call)
{
  GstVoiceMark mark = {.generation = call->generation,.turn = call->turn };

  return gst_voice_filter_passes (&self->filter, &mark);
}

/* FALSE if there was a call of that name before. */
static gboolean
remember_locked (ToolRunner * self, const gchar * id)
{
  gchar *copy;

  if (g_hash_table_contains (self->ids, id))
    return FALSE;
  copy = g_strdup (id);
  g_hash_table_add (self->ids, copy);
  g_queue_push_tail (&self->id_order, copy);
  if (self->id_order.length > MAX_IDS)
    g_hash_table_remove (self->ids, g_queue_pop_head (&self->id_order));
  return TRUE;
}

static Fate
accept_locked (ToolRunner * self, ToolCall * call, gboolean proposed)
{
  if (!passes_locked (self, call))
    return FATE_OBSOLETE;
  if (!remember_locked (self, call->id))
    return FATE_DUPLICATE;
  tool_steps_join (&self->steps, call);
  self->n_accepted++;
  proposed &= self->calls.length < MAX_CALLS;
  call->state = proposed ? TOOL_CALL_WAITING : TOOL_CALL_RUNNING;
  call->starting = !proposed;
  g_queue_push_tail (&self->calls, tool_call_ref (call));
  return proposed ? FATE_WAITS : FATE_RUNS;
}

/* To the nearest of what is to come. */
static void
arm (ToolRunner * self)
{
  GstClockTime answer = GST_CLOCK_TIME_NONE, deadline = GST_CLOCK_TIME_NONE;

  g_mutex_lock (&self->lock);
  for (GList * l = self->calls.head; l; l = l->next) {
    const ToolCall *call = l->data;

    answer = MIN (answer, call->answer_at);
    deadline = MIN (deadline, MIN (call->timeout_at, call->filler_at));
  }
  if (self->playing && GST_CLOCK_TIME_IS_VALID (answer))
    gst_voice_alarm_set_running (self->answers, self->element, answer);
  else
    gst_voice_alarm_clear (self->answers);
  if (self->playing && GST_CLOCK_TIME_IS_VALID (deadline))
    gst_voice_alarm_set_running (self->deadlines, self->element, deadline);
  else
    gst_voice_alarm_clear (self->deadlines);
  g_mutex_unlock (&self->lock);
}

static GstStructure *
new_result (const ToolCall * call, const gchar * json, ToolOutcome outcome,
    GstClockTime took)
{
  return gst_voice_structure_new ("tool-result", "id", call->id,
      "name", call->name, "json", json, "outcome", outcome_names[outcome],
      "took", took, "last", call->last, NULL);
}

/* What was never begun has no line in the journal; only the conversation must
 * not wait for it. */
static void
send_never_begun (ToolCall * call, ToolOutcome outcome, const gchar * code,
    const gchar * message)
{
  JsonNode *node = tool_error_new (code, message);
  gchar *text = tool_result_to_text (node, TOOL_RESULT_SIZE);

  push_up (call->runner, new_result (call, text, outcome, 0));
  g_free (text);
  json_node_unref (node);
}

#define INTERRUPTED "The caller interrupted."

/* A name that two calls have would make a service take the second for a
 * repetition. What is running under that name keeps it. */
static void
refuse_duplicate (ToolRunner * self, ToolCall * call)
{
  gboolean runs = FALSE;
  GError *error = g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
      "a call named \"%s\" was made before, so this one was not", call->id);

  g_mutex_lock (&self->lock);
  self->n_duplicates++;
  for (GList * l = self->calls.head; l; l = l->next)
    runs |= strcmp (((ToolCall *) l->data)->id, call->id) == 0;
  g_mutex_unlock (&self->lock);
  tool_call_fault (call, error);
  g_error_free (error);
  if (!runs)
    send_never_begun (call, TOOL_ERROR, "duplicate-id", "A call of this name "
        "was made before, so this one was not. Call the tool again.");
}

/* Arguments that the tool takes. Otherwise what to tell the model. */
static JsonNode *
look_at (ToolRunner * self, ToolCall * call, ToolOutcome * outcome)
{
  JsonNode *refusal = NULL;
  gboolean too_many;
  gchar *text;

  *outcome = TOOL_ERROR;
  if (!call->tool) {
    text = toolbox_closest (call->box, call->name);
    refusal = tool_error_new ("unknown-tool", text);
    g_free (text);
    return refusal;
  }
  g_mutex_lock (&self->lock);
  too_many = self->calls.length > MAX_CALLS;
  g_mutex_unlock (&self->lock);
  if (too_many)
    return tool_error_new ("too-many-calls", "Too many tools are running. Call "
        "this one again later.");
  *outcome = TOOL_INVALID;
  call->arguments = tool_arguments_read (call->text, call->tool->schema,
      &refusal);
  return refusal;
}

static gboolean
report_call (ToolCall * call, gboolean durable)
{
  gchar *arguments = call->arguments ?
      gst_voice_json_to_string (call->arguments) :
      strlen (call->text) <= TOOL_ARGUMENTS_SIZE ? g_strdup (call->text) :
      g_strdup ("\"too long\"");
  gboolean ok = gst_voice_session_report_at (call->session, call->element,
      gst_voice_structure_new ("tool-call", "id", call->id, "name", call->name,
          "arguments", arguments, "turn", call->turn, "speech", call->speech,
          "step", call->step, "calls", call->calls,
          "access", access_names[is_write (call)],
          "generation", call->generation, NULL),
      gst_element_get_current_running_time (call->element), durable);

  g_free (arguments);
  return ok;
}

/* The tool's own; else one of those of the settings, but not over what acts on
 * the call itself. */
static gchar *
choose_filler (ToolRunner * self, ToolCall * call)
{
  const GstVoicePersonaTool *spec = call->tool->spec;
  gchar **fillers = self->settings.fillers;
  guint n = fillers ? g_strv_length (fillers) : 0;
  const gchar *text = spec->filler;

  if (!text && n > 0 && spec->kind != GST_VOICE_TOOL_BUILTIN) {
    g_mutex_lock (&self->lock);
    text = fillers[self->n_fillers++ % n];
    g_mutex_unlock (&self->lock);
  }
  return text && *text ? tool_call_expand (call, text) : NULL;
}

static GstClockTime
filler_after (ToolRunner * self, ToolCall * call)
{
  const GstVoicePersonaTool *spec = call->tool->spec;

  return spec->filler_after >= 0 ?
      (GstClockTime) (spec->filler_after * GST_SECOND) :
      self->settings.filler_after;
}

/* Tells who waits that it begins. FALSE if nobody wants it any more. */
static gboolean
announce (ToolRunner * self, ToolCall * call, gboolean refused)
{
  GstClockTime after = GST_CLOCK_TIME_NONE, now = now_of (self);
  gboolean wanted;

  if (!refused) {
    call->filler = choose_filler (self, call);
    after = filler_after (self, call);
  }
  g_mutex_lock (&self->lock);
  wanted = call->busy = !call->unwanted;
  call->since = now;
  call->since_us = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  if (wanted)
    push_up (self, gst_voice_structure_new ("busy", "by", "tool",
            "id", call->id, "access", access_names[!refused
                && is_write (call)], "turn", call->turn,
            "filler", call->filler, "filler-after", after,
            "keys", !refused && call->tool->takes_keys,
            "generation", call->generation, NULL));
  return wanted;
}

static JsonNode *
cancelled_result (void)
{
  return tool_error_new ("cancelled", INTERRUPTED);
}

static void
cancel (ToolCall * call)
{
  if (call->tool && call->tool->kind->cancel)
    call->tool->kind->cancel (call);
}

/* Sets the deadlines; only now may others end it. */
static void
settle (ToolRunner * self, ToolCall * call)
{
  gboolean own_filler = call->filler && !turn_is_upstream (self);
  GstClockTime after = filler_after (self, call);
  gboolean unwanted;

  g_mutex_lock (&self->lock);
  call->starting = FALSE;
  unwanted = call->unwanted;
  if (call->state == TOOL_CALL_RUNNING) {
    if (!call->tool->timeless)
      call->timeout_at = call->since + call->timeout;
    if (own_filler)
      call->filler_at = call->since + (GST_CLOCK_TIME_IS_VALID (after) ?
          after : DEFAULT_FILLER_AFTER);
  }
  g_mutex_unlock (&self->lock);
  if (unwanted) {
    cancel (call);
    tool_call_finish (call, TOOL_CANCELLED, cancelled_result ());
  }
  arm (self);
}

/* In the streaming thread: the call has been accepted and is in the list. */
static void
begin (ToolRunner * self, ToolCall * call)
{
  ToolOutcome outcome;
  JsonNode *refusal = look_at (self, call, &outcome);
  gboolean durable = !refusal && is_write (call);

  gst_voice_session_hold (call->session);
  if (!report_call (call, durable) && durable) {
    outcome = TOOL_ERROR;
    refusal = tool_error_new ("internal", "The call could not be written into "
        "the record, so it was not made.");
  }
  if (!announce (self, call, refusal != NULL)) {
    tool_call_finish (call, TOOL_CANCELLED, cancelled_result ());
    g_clear_pointer (&refusal, json_node_unref);
  } else if (refusal) {
    tool_call_finish (call, outcome, refusal);
  } else {
    call->tool->kind->run (call);
    settle (self, call);
  }
}

/**
 * tool_runner_call:
 * @runner: a runner that is started
 * @s: a `voice/tool-call`
 *
 * In the streaming thread: runs the call, or has it wait for the commit.
 */
void
tool_runner_call (ToolRunner * runner, const GstStructure * s)
{
  ToolCall *call = call_new (runner, s);
  Fate fate;

  g_mutex_lock (&runner->lock);
  fate = accept_locked (runner, call, gst_voice_structure_boolean (s,
          "proposed"));
  g_mutex_unlock (&runner->lock);
  GST_DEBUG_OBJECT (runner->element, "%s %s: %s", call->id, call->name,
      fate == FATE_RUNS ? "runs" : fate == FATE_WAITS ? "waits" :
      fate == FATE_OBSOLETE ? "is obsolete" : "is a duplicate");
  switch (fate) {
    case FATE_RUNS:
      begin (runner, call);
      break;
    case FATE_WAITS:
      if (call->tool && call->tool->kind->warm)
        call->tool->kind->warm (call->tool);
      break;
    case FATE_OBSOLETE:
      send_never_begun (call, TOOL_CANCELLED, "cancelled", INTERRUPTED);
      break;
    case FATE_DUPLICATE:
      refuse_duplicate (runner, call);
      break;
  }
  tool_call_unref (call);
}

/**
 * tool_runner_commit:
 * @runner: a runner that is started
 * @turn: a turn that was proposed and is confirmed
 *
 * In the streaming thread: runs what was called for it.
 */
void
tool_runner_commit (ToolRunner * runner, guint turn)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func ((GDestroyNotify)
      tool_call_unref);

  g_mutex_lock (&runner->lock);
  for (GList * l = runner->calls.head; l; l = l->next) {
    ToolCall *call = l->data;

    if (call->state == TOOL_CALL_WAITING && call->turn == turn) {
      call->state = TOOL_CALL_RUNNING;
      call->starting = TRUE;
      g_ptr_array_add (calls, tool_call_ref (call));
    }
  }
  g_mutex_unlock (&runner->lock);
  for (guint i = 0; i < calls->len; i++)
    begin (runner, calls->pdata[i]);
  g_ptr_array_unref (calls);
}

/**
 * tool_runner_obsolete:
 * @runner: a runner
 * @event: any event
 *
 * In any thread. From now on what `voice/interrupt` or `voice/withdraw` makes
 * obsolete is not begun.
 *
 * Returns: (transfer full) (nullable): what is to be dropped, with
 *   tool_runner_drop(), when the event has been passed on
 */
GPtrArray *
tool_runner_obsolete (ToolRunner * runner, GstEvent * event)
{
  GPtrArray *drop = NULL;

  g_mutex_lock (&runner->lock);
  if (gst_voice_filter_event (&runner->filter, event))
    drop = g_ptr_array_new_with_free_func ((GDestroyNotify) tool_call_unref);
  for (GList * l = drop ? runner->calls.head : NULL; l; l = l->next) {
    ToolCall *call = l->data;

    if (passes_locked (runner, call))
      continue;
    if (is_write (call) && call->state != TOOL_CALL_WAITING)
      call->orphan = TRUE;
    else if (call->starting)
      call->unwanted = TRUE;
    else
      g_ptr_array_add (drop, tool_call_ref (call));
  }
  g_mutex_unlock (&runner->lock);
  return drop;
}

/* Takes it out of the list if it waits for a commit. */
static gboolean
forget_waiting (ToolRunner * self, ToolCall * call)
{
  gboolean waits;

  g_mutex_lock (&self->lock);
  waits = call->state == TOOL_CALL_WAITING;
  if (waits) {
    call->state = TOOL_CALL_OVER;
    tool_steps_leave (&self->steps, call);
    self->n_dropped++;
    g_queue_remove (&self->calls, call);
  }
  g_mutex_unlock (&self->lock);
  return waits;
}

/**
 * tool_runner_drop:
 * @runner: a runner
 * @calls: (transfer full) (nullable): from tool_runner_obsolete()
 *
 * Takes reads back, and calls that were waiting for a commit.
 */
void
tool_runner_drop (ToolRunner * runner, GPtrArray * calls)
{
  for (guint i = 0; calls && i < calls->len; i++) {
    ToolCall *call = calls->pdata[i];

    if (forget_waiting (runner, call)) {
      send_never_begun (call, TOOL_CANCELLED, "cancelled", INTERRUPTED);
      tool_call_unref (call);   /* the list's */
    } else {
      cancel (call);
      tool_call_finish (call, TOOL_CANCELLED, cancelled_result ());
    }
  }
  if (calls && calls->len > 0)
    arm (runner);
  g_clear_pointer (&calls, g_ptr_array_unref);
}

/* What is due first. An answer goes before a deadline of the same instant. */
static Due
take_due_locked (ToolRunner * self, GstClockTime now, gboolean deadlines,
    ToolCall ** found)
{
  GstClockTime at = GST_CLOCK_TIME_NONE;
  Due due = DUE_NOTHING;

  for (guint which = DUE_ANSWER; which <= (deadlines ? DUE_FILLER :
          DUE_ANSWER); which++) {
    for (GList * l = self->calls.head; l; l = l->next) {
      ToolCall *call = l->data;
      GstClockTime time = which == DUE_ANSWER ? call->answer_at :
          which == DUE_TIMEOUT ? call->timeout_at : call->filler_at;

      if (time <= now && time < at) {
        at = time;
        due = which;
        *found = call;
      }
    }
  }
  if (due != DUE_NOTHING)
    tool_call_ref (*found);
  return due;
}

/* Unsets what has come due. @answer is given if it is that. */
static void
clear_due_locked (ToolRunner * self, ToolCall * call, Due due,
    JsonNode ** answer)
{
  if (due == DUE_ANSWER) {
    call->answer_at = GST_CLOCK_TIME_NONE;
    *answer = g_steal_pointer (&call->answer);
  } else if (due == DUE_TIMEOUT) {
    call->timeout_at = GST_CLOCK_TIME_NONE;
  } else {
    /* Once a step. */
    for (GList * l = self->calls.head; l; l = l->next) {
      ToolCall *other = l->data;

      if (other->turn == call->turn && other->speech == call->speech
          && other->step == call->step)
        other->filler_at = GST_CLOCK_TIME_NONE;
    }
  }
}

static void
time_out (ToolCall * call)
{
  gboolean write = is_write (call);

  if (!write)
    cancel (call);
  tool_call_finish (call, TOOL_TIMEOUT, tool_error_new ("timeout", write ?
          "The tool did not answer in time. It is not known whether it was "
          "done; do not simply try again." :
          "The tool did not answer in time."));
}

/**
 * tool_call_say:
 * @call: a call that is being run
 * @text: what is to be said
 * @source: see `voice/speech`
 */
void
tool_call_say (ToolCall * call, const gchar * text, const gchar * source)
{
  push_up (call->runner, gst_voice_structure_new ("say", "text", text,
          "interruptible", TRUE, "source", source,
          "generation", call->generation, NULL));
}

/* A job: the clock has called. */
static void
do_due (ToolRunner * self, gboolean deadlines)
{
  GstClockTime now = now_of (self);
  JsonNode *answer = NULL;
  ToolCall *call;
  Due due;

  for (;;) {
    g_mutex_lock (&self->lock);
    due = take_due_locked (self, now, deadlines, &call);
    if (due != DUE_NOTHING)
      clear_due_locked (self, call, due, &answer);
    g_mutex_unlock (&self->lock);
    if (due == DUE_NOTHING)
      break;
    if (due == DUE_ANSWER)
      tool_call_finish (call, TOOL_OK, answer);
    else if (due == DUE_TIMEOUT)
      time_out (call);
    else
      tool_call_say (call, call->filler, "filler");
    tool_call_unref (call);
  }
  arm (self);
}

static void
job_free (Job * job)
{
  if (job->call)
    tool_call_unref (job->call);
  gst_voice_token_unref (job->token);
  g_free (job);
}

/* In a thread of GStreamer's pool: one at a time, in the order of posting. */
static void
work (GstElement * element, gpointer data)
{
  ToolRunner *self = data;
  Job *job;

  for (;;) {
    g_mutex_lock (&self->lock);
    job = g_queue_pop_head (&self->jobs);
    self->working = job != NULL;
    g_mutex_unlock (&self->lock);
    if (!job)
      break;
    if (job->call)
      job->func (job->call);
    else
      do_due (self, job->deadlines);
    job_free (job);
  }
}

static void
post (ToolRunner * self, ToolCall * call, ToolCallFunc func, gboolean deadlines)
{
  GstClock *clock = gst_element_get_clock (self->element);
  Job *job = g_new0 (Job, 1);
  gboolean begins;

  job->call = call ? tool_call_ref (call) : NULL;
  job->func = func;
  job->deadlines = deadlines;
  job->token = gst_voice_token_new (clock);
  gst_clear_object (&clock);
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->jobs, job);
  begins = !self->working;
  self->working = TRUE;
  g_mutex_unlock (&self->lock);
  /* The pool keeps the element, and so the runner. */
  if (begins)
    gst_element_call_async (self->element, work, self, NULL);
}

/**
 * tool_runner_wake:
 * @runner: a runner
 * @deadlines: whether it is the alarm for deadlines
 *
 * In the clock's thread: an alarm has come.
 */
void
tool_runner_wake (ToolRunner * runner, gboolean deadlines)
{
  post (runner, NULL, NULL, deadlines);
}

/**
 * tool_call_post:
 * @call: a call
 * @func: what to do with it, soon, in a thread that may take its time
 */
void
tool_call_post (ToolCall * call, ToolCallFunc func)
{
  post (call->runner, call, func, FALSE);
}

/**
 * tool_call_hang_up:
 * @call: a call that is being run
 * @reason: see `voice/hangup`
 *
 * Asks for the end of the phone call; the model is not asked again.
 */
void
tool_call_hang_up (ToolCall * call, const gchar * reason)
{
  ToolRunner *self = call->runner;

  g_mutex_lock (&self->lock);
  call->last = TRUE;
  g_mutex_unlock (&self->lock);
  push_up (self, gst_voice_structure_new ("hangup", "reason", reason,
          "by", "model", "now", FALSE, NULL));
}

/**
 * tool_call_finish_after:
 * @call: a call that is being run
 * @delay: how long it takes, or none: not before this is called again
 * @result: (transfer full): what comes of it
 *
 * Finishes it when the pipeline's clock says so, unless it is finished before
 * or this is called again.
 */
void
tool_call_finish_after (ToolCall * call, GstClockTime delay, JsonNode * result)
{
  ToolRunner *self = call->runner;

  g_mutex_lock (&self->lock);
  if (call->state == TOOL_CALL_RUNNING) {
    g_clear_pointer (&call->answer, json_node_unref);
    call->answer = g_steal_pointer (&result);
    call->answer_at = GST_CLOCK_TIME_IS_VALID (delay) ? call->since + delay :
        GST_CLOCK_TIME_NONE;
  }
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&result, json_node_unref);
  arm (self);
}

/**
 * tool_call_keys:
 * @call: a call of a tool that takes keys
 *
 * Returns: (transfer full): those that it has got
 */
gchar *
tool_call_keys (ToolCall * call)
{
  gchar *keys;

  g_mutex_lock (&call->runner->lock);
  keys = g_strdup (call->keys);
  g_mutex_unlock (&call->runner->lock);
  return keys;
}

/**
 * tool_call_agent_speaks:
 * @call: a call
 *
 * Returns: whether the caller hears the agent, or is about to
 */
gboolean
tool_call_agent_speaks (ToolCall * call)
{
  gboolean speaking;

  g_mutex_lock (&call->runner->lock);
  speaking = call->runner->speaking;
  g_mutex_unlock (&call->runner->lock);
  return speaking;
}

/**
 * tool_call_elapsed:
 * @call: a call that is being run
 *
 * Returns: for how long it has been
 */
GstClockTime
tool_call_elapsed (ToolCall * call)
{
  GstClockTime now = now_of (call->runner), since;

  g_mutex_lock (&call->runner->lock);
  since = call->since;
  g_mutex_unlock (&call->runner->lock);
  return now > since ? now - since : 0;
}

/**
 * tool_call_is_awaited:
 * @call: a call that is being run
 *
 * Returns: whether the model has not had a result yet, and the phone call goes
 *   on
 */
gboolean
tool_call_is_awaited (ToolCall * call)
{
  gboolean awaited;

  g_mutex_lock (&call->runner->lock);
  awaited = call->state == TOOL_CALL_RUNNING && !call->stopped;
  g_mutex_unlock (&call->runner->lock);
  return awaited;
}

/* (transfer full) (nullable) */
static ToolCall *
find_taker_locked (ToolRunner * self)
{
  for (GList * l = self->calls.head; l; l = l->next) {
    ToolCall *call = l->data;

    if (call->state == TOOL_CALL_RUNNING && call->tool
        && call->tool->takes_keys && call->arguments)
      return tool_call_ref (call);
  }
  return NULL;
}

/**
 * tool_runner_key:
 * @runner: a runner
 * @key: that the caller has pressed
 *
 * In any thread: for the first call that waits for keys, if there is one.
 */
void
tool_runner_key (ToolRunner * runner, gchar key)
{
  ToolCall *call;

  g_mutex_lock (&runner->lock);
  call = find_taker_locked (runner);
  if (call && key && call->n_keys < TOOL_MAX_KEYS)
    call->keys[call->n_keys++] = key;
  g_mutex_unlock (&runner->lock);
  if (!call)
    return;
  tool_keys_changed (call);
  tool_call_unref (call);
}

/**
 * tool_runner_agent_speaks:
 * @runner: a runner
 * @speaks: whether `playout` has something to play
 *
 * In any thread.
 */
void
tool_runner_agent_speaks (ToolRunner * runner, gboolean speaks)
{
  g_mutex_lock (&runner->lock);
  runner->speaking = speaks;
  g_mutex_unlock (&runner->lock);
  tool_runner_key (runner, 0);
}

typedef struct
{
  ToolOutcome outcome;
  GstClockTime took;
  gboolean over;                /* nothing comes after this */
  gboolean told;                /* the model has not had a result yet */
  gboolean idle;
  gboolean goes_on;
  gboolean listed;
} Ending;

/* The one place where a call gets its result. FALSE if it has it. */
static gboolean
end_locked (ToolRunner * self, ToolCall * call, GstClockTime now, Ending * e)
{
  if (call->state != TOOL_CALL_RUNNING && call->state != TOOL_CALL_TIMED_OUT)
    return FALSE;
  if (call->state == TOOL_CALL_TIMED_OUT)
    e->outcome = TOOL_LATE;
  e->took = tool_call_took (call, now);
  e->told = call->state == TOOL_CALL_RUNNING && !call->stopped;
  e->idle = e->told && call->busy;
  e->goes_on = e->told && tool_steps_leave (&self->steps, call)
      && e->outcome != TOOL_CANCELLED;
  e->over = e->outcome != TOOL_TIMEOUT || !is_write (call);
  call->timeout_at = call->filler_at = GST_CLOCK_TIME_NONE;
  call->state = e->over ? TOOL_CALL_OVER : TOOL_CALL_TIMED_OUT;
  if (e->over)
    call->answer_at = GST_CLOCK_TIME_NONE;
  e->listed = e->over && g_queue_remove (&self->calls, call);
  self->n_outcomes[e->outcome]++;
  return TRUE;
}

/**
 * tool_call_finish:
 * @call: a call that was run
 * @outcome: what became of it
 * @result: (transfer full): what the model is told
 *
 * The first result counts: it is reported and goes to the model. What comes
 * after the time was out is reported only, anything else is ignored. In any
 * thread but the network's.
 */
void
tool_call_finish (ToolCall * call, ToolOutcome outcome, JsonNode * result)
{
  ToolRunner *self = call->runner;
  Ending e = {.outcome = outcome };
  GstClockTime now = now_of (self);
  GstStructure *s;
  gboolean first;
  gchar *text;

  g_mutex_lock (&self->lock);
  first = end_locked (self, call, now, &e);
  g_mutex_unlock (&self->lock);
  if (!first) {
    json_node_unref (result);
    return;
  }
  text = tool_result_to_text (result, TOOL_RESULT_SIZE);
  s = new_result (call, text, e.outcome, e.took);
  GST_DEBUG_OBJECT (self->element, "%s %s: %s", call->id, call->name,
      outcome_names[e.outcome]);
  gst_voice_session_report_at (call->session, call->element,
      gst_structure_copy (s), call->since + e.took, FALSE);
  /* Before the result: what the model says to it comes after. */
  if (e.idle)
    push_up (self, gst_voice_structure_new ("idle", "by", "tool",
            "id", call->id, "goes-on", e.goes_on, NULL));
  if (e.told)
    push_up (self, gst_structure_copy (s));
  gst_structure_free (s);
  g_free (text);
  json_node_unref (result);
  if (e.over)
    gst_voice_session_release (call->session);
  if (e.listed)
    tool_call_unref (call);
}

static gboolean
is_mock (const ToolCall * call)
{
  return call->tool && call->tool->kind == &tool_mock;
}

/* The element has stopped: nobody waits for a read any more, a write goes on
 * without us, and one that only waits for the clock is done. A mock without an
 * answer would never be. */
static void
let_go (ToolRunner * self, ToolCall * call)
{
  JsonNode *answer;
  gboolean waits;

  g_mutex_lock (&self->lock);
  call->stopped = TRUE;
  waits = call->state == TOOL_CALL_WAITING;
  if (waits)
    call->state = TOOL_CALL_OVER;
  answer = g_steal_pointer (&call->answer);
  g_mutex_unlock (&self->lock);
  if (waits)
    return;
  if (!is_write (call) || (!answer && is_mock (call))) {
    cancel (call);
    tool_call_finish (call, TOOL_CANCELLED, tool_error_new ("cancelled",
            "The call has ended."));
    g_clear_pointer (&answer, json_node_unref);
  } else if (answer) {
    tool_call_finish (call, TOOL_OK, answer);
  }
}

/**
 * tool_runner_stop:
 * @runner: a runner
 *
 * When the pads are not active any more.
 */
void
tool_runner_stop (ToolRunner * runner)
{
  Toolbox *box;
  GQueue calls;
  ToolCall *call;

  g_mutex_lock (&runner->lock);
  calls = runner->calls;
  g_queue_init (&runner->calls);
  box = g_steal_pointer (&runner->box);
  runner->steps.n = 0;
  g_mutex_unlock (&runner->lock);
  while ((call = g_queue_pop_head (&calls))) {
    let_go (runner, call);
    tool_call_unref (call);
  }
  arm (runner);
  g_clear_object (&runner->session);
  g_clear_pointer (&runner->settings.fillers, g_strfreev);
  g_clear_pointer (&box, toolbox_unref);
}

/**
 * tool_runner_start:
 * @runner: a runner that is stopped
 * @session: of the phone call
 * @box: (transfer full): the tools that there are
 * @settings: for tools that do not say; copied
 */
void
tool_runner_start (ToolRunner * runner, GstVoiceSession * session,
    Toolbox * box, const ToolRunnerSettings * settings)
{
  runner->session = g_object_ref (session);
  runner->settings = *settings;
  runner->settings.fillers = g_strdupv (settings->fillers);
  g_mutex_lock (&runner->lock);
  runner->box = box;
  gst_voice_filter_init (&runner->filter,
      gst_voice_session_generation (session));
  runner->speaking = FALSE;
  runner->n_fillers = runner->n_accepted = 0;
  runner->n_dropped = runner->n_duplicates = 0;
  memset (runner->n_outcomes, 0, sizeof runner->n_outcomes);
  g_mutex_unlock (&runner->lock);
}

/**
 * tool_runner_forget:
 * @runner: a runner that is stopped
 *
 * What comes next is another phone call: the names of tool calls are free.
 */
void
tool_runner_forget (ToolRunner * runner)
{
  g_mutex_lock (&runner->lock);
  g_queue_clear (&runner->id_order);
  g_hash_table_remove_all (runner->ids);
  g_mutex_unlock (&runner->lock);
  tool_ledger_clear (runner->ledger);
}

/**
 * tool_runner_set_playing:
 * @runner: a runner
 * @playing: whether running time goes on
 */
void
tool_runner_set_playing (ToolRunner * runner, gboolean playing)
{
  g_mutex_lock (&runner->lock);
  runner->playing = playing;
  g_mutex_unlock (&runner->lock);
  arm (runner);
}

/**
 * tool_runner_tools:
 * @runner: a runner
 *
 * Returns: (transfer full) (nullable): the tools for the model, %NULL if it is
 *   not started
 */
gchar *
tool_runner_tools (ToolRunner * runner)
{
  gchar *json;

  g_mutex_lock (&runner->lock);
  json = runner->box ? g_strdup (toolbox_to_json (runner->box)) : NULL;
  g_mutex_unlock (&runner->lock);
  return json;
}

/**
 * tool_runner_stats:
 * @runner: a runner
 *
 * Returns: (transfer full): counts of calls since the start
 */
GstStructure *
tool_runner_stats (ToolRunner * runner)
{
  GstStructure *stats;

  g_mutex_lock (&runner->lock);
  stats = gst_structure_new ("stats", "calls", G_TYPE_UINT, runner->n_accepted,
      "unfinished", G_TYPE_UINT, runner->calls.length,
      "dropped", G_TYPE_UINT, runner->n_dropped,
      "duplicates", G_TYPE_UINT, runner->n_duplicates, NULL);
  for (guint i = 0; i <= TOOL_LATE; i++)
    gst_structure_set (stats, outcome_names[i], G_TYPE_UINT,
        runner->n_outcomes[i], NULL);
  g_mutex_unlock (&runner->lock);
  return stats;
}

/**
 * tool_runner_new:
 * @element: owns the runner
 * @sinkpad: of the element
 * @answers: an alarm that calls tool_runner_wake() when an answer is due
 * @deadlines: the same for timeouts and fillers
 *
 * Returns: (transfer full): a runner that is stopped
 */
ToolRunner *
tool_runner_new (GstElement * element, GstPad * sinkpad,
    GstVoiceAlarm * answers, GstVoiceAlarm * deadlines)
{
  ToolRunner *self = g_new0 (ToolRunner, 1);

  self->element = element;
  self->sinkpad = sinkpad;
  self->answers = answers;
  self->deadlines = deadlines;
  self->ledger = tool_ledger_new ();
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->calls);
  g_queue_init (&self->id_order);
  g_queue_init (&self->jobs);
  g_mutex_init (&self->lock);
  return self;
}

/**
 * tool_runner_free:
 * @runner: (transfer full): a runner that is stopped; no call and no job has
 *   survived, since they keep the element
 */
void
tool_runner_free (ToolRunner * runner)
{
  g_queue_clear (&runner->id_order);
  g_hash_table_unref (runner->ids);
  tool_ledger_free (runner->ledger);
  g_mutex_clear (&runner->lock);
  g_free (runner);
}
