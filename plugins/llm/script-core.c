/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Goes through a conversation with a script and says what comes next.
 *
 * Threads: any. Locks: none; a script does not change once it is read.
 */
#include "script-private.h"

#include <gst-voice/json.h>
#include <string.h>

/* How much matching one answer may cost, and how far states lead on. */
#define MAX_STEPS 50000000
#define MAX_CHAIN 32

/* Results that the caller may not have been told of. */
typedef struct
{
  gchar *answer;                /* what is said of it in time */
  gchar *late;                  /* and what if it is late */
  gboolean told;
  gboolean left;                /* the caller went on before */
  gboolean explicit;            /* the script has words for a late one */
} Report;

/* Where the conversation is, and what is to be said there. */
typedef struct
{
  const Script *script;
  guint steps;                  /* that matching may still take */
  guint state;
  ScriptValues values;
  guint *taken;                 /* how often, by the action's id */
  GPtrArray *reports;           /* of Report */

  /* the answer to the last message that wants one */
  GString *text;
  GPtrArray *calls;             /* of ScriptCall */
  gchar *refused;               /* the name of one that is not made */
  const ScriptAction *caller;   /* whose calls these are, or NULL */
  const gchar *expect;
  guint expect_length;
  const ScriptAction *failing;
  gboolean stall, uninterruptible, matched;
  guint chain;
  gsize heard;                  /* how much of `text` is in the conversation */
} Walk;

static void
call_free (ScriptCall * call)
{
  g_free (call->id);
  g_free (call->name);
  g_free (call->arguments);
  g_free (call);
}

static void
report_free (Report * report)
{
  g_free (report->answer);
  g_free (report->late);
  g_free (report);
}

static void
walk_init (Walk * w, const Script * script)
{
  memset (w, 0, sizeof *w);
  w->script = script;
  w->steps = MAX_STEPS;
  w->state = script->start;
  w->values.slots = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  w->values.results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) json_node_unref);
  w->taken = g_new0 (guint, script->n_actions);
  w->reports = g_ptr_array_new_with_free_func ((GDestroyNotify) report_free);
  w->text = g_string_new (NULL);
  w->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) call_free);
}

static void
walk_clear (Walk * w)
{
  g_hash_table_unref (w->values.slots);
  g_hash_table_unref (w->values.results);
  g_free (w->taken);
  g_ptr_array_unref (w->reports);
  g_string_free (w->text, TRUE);
  g_ptr_array_unref (w->calls);
  g_free (w->refused);
}

/* A new answer begins. */
static void
forget_answer (Walk * w)
{
  g_string_truncate (w->text, 0);
  g_ptr_array_set_size (w->calls, 0);
  w->caller = w->failing = NULL;
  w->expect = NULL;
  w->stall = w->uninterruptible = w->matched = FALSE;
  w->chain = 0;
  w->heard = 0;
}

static const ScriptState *
state_of (const Walk * w)
{
  return g_ptr_array_index (w->script->states, w->state);
}

static void
set_slot (Walk * w, const gchar * slot, const gchar * value)
{
  g_hash_table_replace (w->values.slots, g_strdup (slot), g_strdup (value));
}

static void
fill (Walk * w, const ScriptTemplate * template, GString * out)
{
  GString *more = g_string_new (NULL);

  script_template_append (template, &w->values, more);
  if (out->len > 0 && more->len > 0)
    g_string_append_c (out, ' ');
  g_string_append_len (out, more->str, more->len);
  g_string_free (more, TRUE);
}

static gboolean
is_nothing (JsonNode * node)
{
  const gchar *text;

  if (!node || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_array_get_length (json_node_get_array (node)) == 0;
  text = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  return text && !*text;
}

static gboolean
is_one_of (JsonNode * node, const GPtrArray * values)
{
  gchar *text;
  gboolean found = FALSE;

  if (!node || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  text = json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_dup_string (node) : gst_voice_json_to_string (node);
  for (guint i = 0; i < values->len && !found; i++)
    found = strcmp (g_ptr_array_index (values, i), text) == 0;
  g_free (text);
  return found;
}

static gboolean
holds (const Walk * w, const ScriptCondition * c)
{
  JsonNode *node = script_values_find (&w->values, c->name,
      (const gchar * const *) c->path);
  gboolean yes = (c->nothing && is_nothing (node))
      || is_one_of (node, c->values);

  g_clear_pointer (&node, json_node_unref);
  return yes != c->not;
}

static gboolean
applies (const Walk * w, const ScriptWhen * when, ScriptOutcome outcome)
{
  ScriptOutcome wanted = when ? when->outcome : SCRIPT_OK;

  if (wanted != SCRIPT_ANY_OUTCOME && wanted != outcome)
    return FALSE;
  for (guint i = 0; when && i < when->conditions->len; i++) {
    if (!holds (w, g_ptr_array_index (when->conditions, i)))
      return FALSE;
  }
  return TRUE;
}

static const ScriptAction *
choose (const Walk * w, const GPtrArray * actions, ScriptOutcome outcome)
{
  for (guint i = 0; i < actions->len; i++) {
    const ScriptAction *action = g_ptr_array_index (actions, i);

    if (applies (w, action->when, outcome))
      return action;
  }
  return NULL;
}

static JsonNode *
argument_value (const Walk * w, const ScriptArgument * a)
{
  JsonNode *node;

  if (a->template)
    return script_template_to_json (a->template, &w->values);
  if (a->value)
    return json_node_ref (a->value);
  if (a->names) {
    JsonObject *object = json_object_new ();

    for (guint i = 0; i < a->items->len; i++)
      json_object_set_member (object, g_ptr_array_index (a->names, i),
          argument_value (w, g_ptr_array_index (a->items, i)));
    node = json_node_init_object (json_node_alloc (), object);
    json_object_unref (object);
  } else {
    JsonArray *array = json_array_new ();

    for (guint i = 0; i < a->items->len; i++)
      json_array_add_element (array, argument_value (w,
              g_ptr_array_index (a->items, i)));
    node = json_node_init_array (json_node_alloc (), array);
    json_array_unref (array);
  }
  return node;
}

static void
add_call (Walk * w, const gchar * id, const gchar * name, gchar * arguments)
{
  ScriptCall *call = g_new (ScriptCall, 1);

  call->id = g_strdup (id);
  call->name = g_strdup (name);
  call->arguments = arguments;
  g_ptr_array_add (w->calls, call);
}

static void
plan_calls (Walk * w, const ScriptAction * action)
{
  for (guint i = 0; i < action->calls->len; i++) {
    const ScriptCallPlan *plan = g_ptr_array_index (action->calls, i);
    JsonNode *arguments = plan->arguments ? argument_value (w,
        plan->arguments) : NULL;

    add_call (w, plan->id, plan->name, arguments ?
        gst_voice_json_to_string (arguments) : g_strdup ("{}"));
    g_clear_pointer (&arguments, json_node_unref);
  }
  if (action->calls->len)
    w->caller = action;
}

static void
apply_sets (Walk * w, const ScriptAction * action)
{
  for (guint i = 0; i < action->set->len; i++) {
    const ScriptSet *set = g_ptr_array_index (action->set, i);
    GString *value = g_string_new (NULL);

    if (set->value)
      script_template_append (set->value, &w->values, value);
    set_slot (w, set->slot, value->str);
    g_string_free (value, TRUE);
  }
}

static void
speak (Walk * w, const ScriptAction * action)
{
  guint n = action->say->len;

  if (n)
    fill (w, g_ptr_array_index (action->say, w->taken[action->id] % n),
        w->text);
  if (action->expect) {
    w->expect = action->expect;
    w->expect_length = action->expect_length;
  }
  w->uninterruptible |= action->uninterruptible;
  w->stall |= action->stall;
  if (action->fail)
    w->failing = action;
}

/* Does what an action says, and what it leads to. */
static void
take (Walk * w, const ScriptAction * action)
{
  while (action && w->chain++ < MAX_CHAIN) {
    const ScriptAction *next = NULL;
    guint times = w->taken[action->id];

    apply_sets (w, action);
    speak (w, action);
    plan_calls (w, action);
    if (action->end)
      add_call (w, NULL, "end_call", g_strdup ("{}"));
    if (action->cycle->len)
      next = g_ptr_array_index (action->cycle, times % action->cycle->len);
    else if (action->cases->len)
      next = choose (w, action->cases, SCRIPT_OK);
    else if (action->refuse)
      next = w->script->refusal;
    if (action->go >= 0) {
      w->state = action->go;
      next = state_of (w)->enter;
    }
    w->taken[action->id]++;
    action = next;
  }
}

typedef struct
{
  const ScriptIntent *intent;
  const ScriptPattern *pattern;
  gint score;
} Fit;

static void
fit_best (Walk * w, const GPtrArray * intents, const ScriptWords * words,
    Fit * best)
{
  for (guint i = 0; i < intents->len; i++) {
    const ScriptIntent *intent = g_ptr_array_index (intents, i);

    for (guint k = 0; k < intent->patterns->len; k++) {
      const ScriptPattern *pattern = g_ptr_array_index (intent->patterns, k);
      gint score = script_pattern_match (pattern, words, NULL, &w->steps);

      if (score > best->score) {
        best->intent = intent;
        best->pattern = pattern;
        best->score = score;
      }
    }
  }
}

/* The caller has said something. */
static void
hear (Walk * w, const gchar * text)
{
  ScriptWords *words = script_words_new (text);
  const ScriptState *state = state_of (w);
  Fit best = {.score = -1 };
  guint steps = G_MAXUINT;

  forget_answer (w);
  set_slot (w, "text", text);
  fit_best (w, state->intents, words, &best);
  fit_best (w, w->script->always, words, &best);
  if (best.intent)
    script_pattern_match (best.pattern, words, w->values.slots, &steps);
  w->matched = best.intent != NULL;
  take (w, best.intent ? best.intent->action : state->otherwise ?
      state->otherwise : w->script->otherwise);
  script_words_free (words);
  for (guint i = 0; i < w->reports->len; i++)
    ((Report *) g_ptr_array_index (w->reports, i))->left = TRUE;
}

static ScriptOutcome
outcome_of (JsonNode * result)
{
  JsonObject *object = result && JSON_NODE_HOLDS_OBJECT (result) ?
      json_node_get_object (result) : NULL;
  JsonNode *status, *error;

  if (!object)
    return SCRIPT_OK;
  error = json_object_get_member (object, "error");
  if (error && JSON_NODE_HOLDS_OBJECT (error))
    return SCRIPT_ERROR_OUTCOME;
  status = json_object_get_member (object, "status");
  if (json_object_get_size (object) == 1 && status
      && JSON_NODE_HOLDS_VALUE (status)
      && g_strcmp0 (json_node_get_string (status), "running") == 0)
    return SCRIPT_RUNNING;
  return SCRIPT_OK;
}

static const gchar *
string_member (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);
  const gchar *text = node && JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_string (node) : NULL;

  return text ? text : "";
}

static JsonObject *
message_at (JsonArray * messages, guint i)
{
  JsonNode *node = i < json_array_get_length (messages) ?
      json_array_get_element (messages, i) : NULL;

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

/* The results of an assistant's message follow it. */
static JsonNode *
result_of (JsonArray * messages, guint after, const gchar * id)
{
  JsonObject *message;

  while ((message = message_at (messages, ++after))
      && strcmp (string_member (message, "role"), "tool") == 0) {
    if (strcmp (string_member (message, "id"), id) == 0)
      return json_object_get_member (message, "content");
  }
  return NULL;
}

static JsonArray *
calls_of (JsonObject * message)
{
  JsonNode *node = json_object_get_member (message, "tool_calls");

  return node && JSON_NODE_HOLDS_ARRAY (node)
      && json_array_get_length (json_node_get_array (node)) > 0 ?
      json_node_get_array (node) : NULL;
}

/* The plan that a call in the conversation comes from. Cancelled calls are
 * missing there, so plans may be skipped. */
static const ScriptCallPlan *
plan_of (const ScriptAction * action, guint * next, const gchar * name)
{
  while (action && *next < action->calls->len) {
    const ScriptCallPlan *plan = g_ptr_array_index (action->calls, (*next)++);

    if (strcmp (plan->name, name) == 0)
      return plan;
  }
  return NULL;
}

/* Keeps the results under their names. Returns whether all calls are those of
 * the action whose turn it is. */
static gboolean
take_results (Walk * w, JsonArray * messages, guint at, JsonArray * calls,
    ScriptOutcome * outcome)
{
  gboolean ours = TRUE;
  guint next = 0;

  *outcome = SCRIPT_OK;
  for (guint i = 0; i < json_array_get_length (calls); i++) {
    JsonObject *call = message_at (calls, i);
    const gchar *name = call ? string_member (call, "name") : "";
    const ScriptCallPlan *plan = plan_of (w->caller, &next, name);
    JsonNode *result = call ? result_of (messages, at, string_member (call,
            "id")) : NULL;
    ScriptOutcome one = outcome_of (result);

    ours = ours && plan && result;
    if (result)
      g_hash_table_replace (w->values.results, g_strdup (plan ? plan->as :
              name), json_node_ref (result));
    if (one == SCRIPT_ERROR_OUTCOME || *outcome == SCRIPT_OK)
      *outcome = one;
  }
  return ours;
}

/* What is said when the result comes too late for the answer: what the script
 * says for that, or what the answer would have been. */
static void
add_report (Walk * w, const ScriptAction * caller)
{
  Report *report = g_new0 (Report, 1);
  GString *text = g_string_new (NULL);

  report->explicit = caller->late->len > 0;
  if (report->explicit)
    fill (w, g_ptr_array_index (caller->late, w->taken[caller->id] %
            caller->late->len), text);
  else
    g_string_append (text, w->text->str);
  report->answer = g_strdup (w->text->str);
  report->late = g_string_free (text, FALSE);
  report->told = !*report->late;
  g_ptr_array_add (w->reports, report);
}

/* The calls of the answer are in the conversation: what comes of it? */
static void
go_on (Walk * w, JsonArray * messages, guint at, JsonArray * calls)
{
  const ScriptAction *caller = w->caller, *next;
  ScriptOutcome outcome;

  if (!take_results (w, messages, at, calls, &outcome)) {
    /* Nothing follows a goodbye. */
    if (!caller && w->calls->len)
      forget_answer (w);
    return;
  }
  forget_answer (w);
  w->matched = TRUE;
  next = choose (w, caller->then, outcome);
  if (!next)
    next = outcome == SCRIPT_RUNNING ? w->script->running : w->script->failed;
  take (w, next);
  if (outcome != SCRIPT_RUNNING)
    add_report (w, caller);
}

static gboolean
is_edge (const gchar * begin, const gchar * p)
{
  return p == begin || !*p || g_ascii_isspace (*p) || g_ascii_ispunct (*p)
      || g_ascii_isspace (p[-1]);
}

/* How many bytes of the beginning of @text stand at the end of @heard, in whole
 * words. */
static gsize
overlap (const gchar * heard, const gchar * text)
{
  gsize length = strlen (heard), most = MIN (length, strlen (text));

  for (gsize n = most; n > 0; n--) {
    if (is_edge (heard, heard + length - n) && is_edge (text, text + n)
        && memcmp (heard + length - n, text, n) == 0)
      return n;
  }
  return 0;
}

static const gchar *
skip_space (const gchar * text)
{
  while (*text == ' ')
    text++;
  return text;
}

static gboolean
begin_alike (const gchar * heard, const gchar * text)
{
  return *text && (g_str_has_prefix (heard, text)
      || g_str_has_prefix (text, heard));
}

/* The agent has said something, perhaps a part of the answer. */
static void
note_said (Walk * w, const gchar * said)
{
  gchar *heard = g_strstrip (g_strdup (said));
  const gchar *rest = skip_space (w->text->str + w->heard);

  w->heard = rest - w->text->str + overlap (heard, rest);
  for (guint i = 0; *heard && i < w->reports->len; i++) {
    Report *report = g_ptr_array_index (w->reports, i);

    report->told |= begin_alike (heard, report->answer)
        || begin_alike (heard, report->late);
  }
  g_free (heard);
}

static void
walk_to_the_end (Walk * w, JsonArray * messages)
{
  JsonObject *message;

  for (guint i = 0; i < json_array_get_length (messages); i++) {
    const gchar *role, *content;
    JsonArray *calls;

    message = message_at (messages, i);
    if (!message)
      continue;
    role = string_member (message, "role");
    content = string_member (message, "content");
    calls = calls_of (message);
    if (strcmp (role, "user") == 0)
      hear (w, content);
    else if (strcmp (role, "assistant") == 0)
      note_said (w, content);
    if (calls && strcmp (role, "assistant") == 0)
      go_on (w, messages, i, calls);
  }
}

/* The caller interrupted and was not understood. */
static void
resume (Walk * w)
{
  const gchar *rest = skip_space (w->text->str + w->heard);
  gchar *heard = g_strndup (w->text->str, w->heard);

  set_slot (w, "rest", rest);
  set_slot (w, "heard", heard);
  g_free (heard);
  forget_answer (w);
  take (w, w->script->unheard);
}

/* Nobody asked: a result that the caller has not been told of. Of those for
 * which the script has words the oldest, else the last one. */
static void
report_late (Walk * w)
{
  const Report *found = NULL;

  for (guint i = w->reports->len; i-- > 0;) {
    const Report *report = g_ptr_array_index (w->reports, i);

    if (!report->told && (!found || report->explicit))
      found = report;
  }
  forget_answer (w);
  if (found)
    g_string_append (w->text, found->late);
}

/* Results that came while something else was said ride along, if the script
 * says how. */
static void
add_late (Walk * w)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < w->reports->len; i++) {
    Report *report = g_ptr_array_index (w->reports, i);

    if (report->explicit && report->left && !report->told)
      g_string_append_printf (text, "%s ", report->late);
  }
  g_string_prepend (w->text, text->str);
  g_string_free (text, TRUE);
}

/* Without tools a model can only say that it cannot. */
static void
drop_calls (Walk * w)
{
  gboolean wanted = w->caller != NULL;

  if (w->calls->len)
    w->refused = g_strdup (((ScriptCall *) w->calls->pdata[0])->name);
  g_ptr_array_set_size (w->calls, 0);
  w->caller = NULL;
  if (wanted)
    take (w, w->script->failed);
}

static ScriptAnswer *
to_answer (Walk * w)
{
  ScriptAnswer *answer = g_new0 (ScriptAnswer, 1);

  answer->text = g_strdup (w->text->str);
  answer->calls = g_ptr_array_ref (w->calls);
  answer->refused = g_steal_pointer (&w->refused);
  answer->expect = w->expect;
  answer->expect_length = w->expect ? w->expect_length : 0;
  answer->stall = w->stall;
  answer->uninterruptible = w->uninterruptible;
  answer->matched = w->matched;
  answer->state = state_of (w)->name;
  if (w->failing) {
    answer->fail = w->failing->fail;
    answer->fail_text = g_strdup (w->failing->fail_text ?
        w->failing->fail_text : "the script fails here");
  }
  return answer;
}

ScriptAnswer *
script_answer (const Script * script, JsonArray * messages, ScriptAsk ask)
{
  ScriptAnswer *answer;
  Walk w;

  walk_init (&w, script);
  walk_to_the_end (&w, messages);
  if (ask & SCRIPT_UNHEARD)
    resume (&w);
  else if (ask & SCRIPT_UNASKED)
    report_late (&w);
  else
    add_late (&w);
  if (!(ask & SCRIPT_TOOLS))
    drop_calls (&w);
  answer = to_answer (&w);
  walk_clear (&w);
  return answer;
}

void
script_answer_free (ScriptAnswer * answer)
{
  g_free (answer->text);
  g_ptr_array_unref (answer->calls);
  g_free (answer->refused);
  g_free (answer->fail_text);
  g_free (answer);
}
