/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads an action of a script: what is said, called and done.
 *
 * Threads: any. Locks: none.
 */
#include "script-load.h"

#include <gst-voice/json.h>
#include <string.h>

#define MAX_DEPTH 12
#define MAX_ACTIONS 10000
#define MAX_CALLS 16

static const gchar *const action_keys[] = { "comment", "set", "say", "cases",
  "cycle", "call", "then", "late", "goto", "expect", "end", "fail", "stall",
  "empty", "refuse", "uninterruptible", NULL
};

/* As in the event `voice/expect`. */
static const gchar *const expect_kinds[] = { "open", "yes-no", "digits",
  "spelling", "email", "name", NULL
};

/* In the order of GstVoiceError; a test compares them. */
static const gchar *const error_codes[] = { "auth", "quota", "rate-limited",
  "connect-timeout", "first-byte-timeout", "stalled", "disconnected",
  "bad-request", "bad-response", "server", "unsupported", "cancelled",
  "internal", NULL
};

static const gchar *const outcomes[] =
    { "ok", "error", "running", "any", NULL };

/* The name is looked up when all of the script is known. */
static void
note_place (ScriptLoader * l, const gchar * name, gboolean has_path)
{
  ScriptPlace *place = g_new (ScriptPlace, 1);

  place->pointer = g_strdup (l->pointer->str);
  place->name = g_strdup (name);
  place->has_path = has_path;
  g_ptr_array_add (l->places, place);
}

/* One of @names by its name. */
static gboolean
choose (ScriptLoader * l, const gchar * what, const gchar * const *names,
    const gchar * name, const gchar ** chosen)
{
  const gchar *meant = gst_voice_json_closest (name, names);
  gchar *all;

  for (guint i = 0; names[i]; i++) {
    if (strcmp (names[i], name) == 0) {
      *chosen = names[i];
      return TRUE;
    }
  }
  if (meant)
    return script_load_fail (l, "there is no %s '%s'; did you mean '%s'?",
        what, name, meant);
  all = g_strjoinv (", ", (gchar **) names);
  script_load_fail (l, "there is no %s '%s'; there are: %s", what, name, all);
  g_free (all);
  return FALSE;
}

static ScriptTemplate *
load_template (ScriptLoader * l, JsonNode * node)
{
  const gchar *text = JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_string (node) : NULL;
  ScriptTemplate *template;
  GError *error = NULL;
  const gchar *name;
  gboolean has_path;
  guint i = 0;

  if (!text) {
    script_load_fail (l, "must be a text");
    return NULL;
  }
  template = script_template_new (text, &error);
  if (!template) {
    script_load_fail (l, "%s", error->message);
    g_error_free (error);
    return NULL;
  }
  while ((name = script_template_name (template, i++, &has_path))) {
    if (*name)
      note_place (l, name, has_path);
  }
  return template;
}

static gboolean
add_template (ScriptLoader * l, JsonNode * node, GPtrArray * to)
{
  ScriptTemplate *template = load_template (l, node);

  if (template)
    g_ptr_array_add (to, template);
  return template != NULL;
}

/* A text, or several that take turns. */
static gboolean
load_texts (ScriptLoader * l, JsonObject * object, const gchar * key,
    GPtrArray * to)
{
  JsonNode *node = json_object_get_member (object, key);
  gsize mark = script_load_enter (l, key);
  gboolean ok = TRUE;

  if (node && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    if (json_array_get_length (array) == 0)
      ok = script_load_fail (l, "must have one text at least");
    for (guint i = 0; ok && i < json_array_get_length (array); i++) {
      gsize inner = script_load_enter_index (l, i);

      ok = add_template (l, json_array_get_element (array, i), to);
      script_load_leave (l, inner);
    }
  } else if (node) {
    ok = add_template (l, node, to);
  }
  script_load_leave (l, mark);
  return ok;
}

static gboolean
load_one_set (ScriptLoader * l, const gchar * slot, JsonNode * node,
    ScriptAction * action)
{
  ScriptSet *set;
  ScriptTemplate *template = NULL;

  if (!*slot || strspn (slot, "abcdefghijklmnopqrstuvwxyz0123456789_-") !=
      strlen (slot))
    return script_load_fail (l, "a slot has a name of small letters, digits, "
        "'-' and '_'");
  if (g_strv_contains (script_own_slots, slot))
    return script_load_fail (l, "'%s' cannot be set", slot);
  if (!JSON_NODE_HOLDS_NULL (node) && !(template = load_template (l, node)))
    return FALSE;
  set = g_new (ScriptSet, 1);
  set->slot = g_strdup (slot);
  set->value = template;
  g_ptr_array_add (action->set, set);
  g_hash_table_add (l->slots, g_strdup (slot));
  return TRUE;
}

static gboolean
load_set (ScriptLoader * l, JsonObject * object, ScriptAction * action)
{
  JsonNode *node = json_object_get_member (object, "set");
  gsize mark = script_load_enter (l, "set");
  JsonObject *slots = node ? script_load_object (l, node) : NULL;
  gboolean ok = !node || slots;
  const gchar *slot;
  JsonObjectIter iter;
  JsonNode *value;

  if (slots)
    json_object_iter_init_ordered (&iter, slots);
  while (ok && slots && json_object_iter_next_ordered (&iter, &slot, &value)) {
    gsize inner = script_load_enter (l, slot);

    ok = load_one_set (l, slot, value, action);
    script_load_leave (l, inner);
  }
  script_load_leave (l, mark);
  return ok;
}

static gchar *
scalar_text (JsonNode * node)
{
  GType type = json_node_get_value_type (node);

  if (!JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  return type == G_TYPE_STRING ? json_node_dup_string (node) :
      gst_voice_json_to_string (node);
}

static gboolean
add_condition_value (ScriptLoader * l, JsonNode * node, ScriptCondition * c)
{
  gchar *text;

  if (JSON_NODE_HOLDS_NULL (node)) {
    c->nothing = TRUE;
    return TRUE;
  }
  text = scalar_text (node);
  if (!text)
    return script_load_fail (l, "must be a text, a number, true, false, null, "
        "a list of these, or {\"not\": one of these}");
  g_ptr_array_add (c->values, text);
  return TRUE;
}

static gboolean
load_condition_values (ScriptLoader * l, JsonNode * node, ScriptCondition * c)
{
  gboolean ok = TRUE;
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return add_condition_value (l, node, c);
  array = json_node_get_array (node);
  for (guint i = 0; ok && i < json_array_get_length (array); i++)
    ok = add_condition_value (l, json_array_get_element (array, i), c);
  return ok;
}

static gboolean
load_condition (ScriptLoader * l, const gchar * key, JsonNode * node,
    ScriptWhen * when)
{
  static const gchar *const keys[] = { "not", NULL };
  ScriptCondition *c = g_new0 (ScriptCondition, 1);
  gchar **names = g_strsplit (key, ".", 16);
  JsonObject *object = NULL;
  gboolean ok = TRUE;

  c->values = g_ptr_array_new_with_free_func (g_free);
  c->name = g_strdup (names[0] ? names[0] : "");
  c->path = g_strdupv (names[0] ? names + 1 : names);
  g_strfreev (names);
  g_ptr_array_add (when->conditions, c);
  note_place (l, c->name, c->path[0] != NULL);
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    object = json_node_get_object (node);
    ok = script_load_keys (l, object, keys);
    node = json_object_get_member (object, "not");
    c->not = TRUE;
    ok = ok && (node || script_load_fail (l, "'not' is missing"));
  }
  return ok && load_condition_values (l, node, c);
}

static gboolean
load_outcome (ScriptLoader * l, JsonNode * node, ScriptWhen * when)
{
  const gchar *name = JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_string (node) : NULL;
  const gchar *chosen;

  if (!name || !choose (l, "outcome", outcomes, name, &chosen))
    return name ? FALSE : script_load_fail (l, "must be 'ok', 'error', "
        "'running' or 'any'");
  for (guint i = 0; outcomes[i]; i++) {
    if (outcomes[i] == chosen)
      when->outcome = i;
  }
  return TRUE;
}

static gboolean
load_when (ScriptLoader * l, JsonObject * object, ScriptAction * action)
{
  JsonNode *node = json_object_get_member (object, "when");
  gsize mark = script_load_enter (l, "when");
  JsonObject *when = node ? script_load_object (l, node) : NULL;
  gboolean ok = !node || when;
  JsonObjectIter iter;
  const gchar *key;

  if (when) {
    action->when = g_new0 (ScriptWhen, 1);
    action->when->conditions = g_ptr_array_new_with_free_func ((GDestroyNotify)
        script_condition_free);
    json_object_iter_init_ordered (&iter, when);
  }
  while (ok && when && json_object_iter_next_ordered (&iter, &key, &node)) {
    gsize inner = script_load_enter (l, key);

    ok = strcmp (key, "outcome") == 0 ? load_outcome (l, node, action->when) :
        load_condition (l, key, node, action->when);
    script_load_leave (l, inner);
  }
  script_load_leave (l, mark);
  return ok;
}

static ScriptArgument *load_argument (ScriptLoader * l, JsonNode * node,
    guint depth);

static gboolean
add_argument (ScriptLoader * l, JsonNode * node, guint depth,
    ScriptArgument * to)
{
  ScriptArgument *item = load_argument (l, node, depth + 1);

  if (item)
    g_ptr_array_add (to->items, item);
  return item != NULL;
}

static gboolean
load_members (ScriptLoader * l, JsonObject * object, guint depth,
    ScriptArgument * to)
{
  gboolean ok = TRUE;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  to->names = g_ptr_array_new_with_free_func (g_free);
  json_object_iter_init_ordered (&iter, object);
  while (ok && json_object_iter_next_ordered (&iter, &name, &node)) {
    gsize mark = script_load_enter (l, name);

    g_ptr_array_add (to->names, g_strdup (name));
    ok = add_argument (l, node, depth, to);
    script_load_leave (l, mark);
  }
  return ok;
}

static gboolean
load_elements (ScriptLoader * l, JsonArray * array, guint depth,
    ScriptArgument * to)
{
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < json_array_get_length (array); i++) {
    gsize mark = script_load_enter_index (l, i);

    ok = add_argument (l, json_array_get_element (array, i), depth, to);
    script_load_leave (l, mark);
  }
  return ok;
}

/* Any JSON, in which every text is a template. */
static ScriptArgument *
load_argument (ScriptLoader * l, JsonNode * node, guint depth)
{
  ScriptArgument *argument = g_new0 (ScriptArgument, 1);
  gboolean ok = TRUE;

  if (depth > MAX_DEPTH) {
    ok = script_load_fail (l, "is nested more than %u deep", MAX_DEPTH);
  } else if (JSON_NODE_HOLDS_OBJECT (node) || JSON_NODE_HOLDS_ARRAY (node)) {
    argument->items = g_ptr_array_new_with_free_func ((GDestroyNotify)
        script_argument_free);
    ok = JSON_NODE_HOLDS_OBJECT (node) ?
        load_members (l, json_node_get_object (node), depth, argument) :
        load_elements (l, json_node_get_array (node), depth, argument);
  } else if (JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING) {
    argument->template = load_template (l, node);
    ok = argument->template != NULL;
  } else {
    argument->value = json_node_copy (node);
  }
  if (!ok)
    g_clear_pointer (&argument, script_argument_free);
  return argument;
}

static gboolean
load_arguments (ScriptLoader * l, JsonObject * object, ScriptCallPlan * plan)
{
  JsonNode *node = json_object_get_member (object, "arguments");
  gsize mark = script_load_enter (l, "arguments");
  gboolean ok = !node || script_load_object (l, node);

  if (ok && node)
    plan->arguments = load_argument (l, node, 0);
  script_load_leave (l, mark);
  return ok && (!node || plan->arguments);
}

static gboolean
load_call (ScriptLoader * l, JsonNode * node, ScriptAction * action)
{
  static const gchar *const keys[] = { "comment", "name", "arguments", "as",
    "id", NULL
  };
  JsonObject *object = script_load_object (l, node);
  ScriptCallPlan *plan = g_new0 (ScriptCallPlan, 1);
  const gchar *name = NULL, *as = NULL, *id = NULL;

  g_ptr_array_add (action->calls, plan);
  if (!object || !script_load_keys (l, object, keys)
      || !script_load_string (l, object, "name", &name)
      || !script_load_string (l, object, "as", &as)
      || !script_load_string (l, object, "id", &id)
      || !load_arguments (l, object, plan))
    return FALSE;
  if (!name || !*name)
    return script_load_fail (l, "'name' is missing: which tool to call");
  plan->name = g_strdup (name);
  plan->as = g_strdup (as ? as : name);
  plan->id = g_strdup (id);
  g_hash_table_add (l->results, g_strdup (plan->as));
  return TRUE;
}

/* One call, or several at once. */
static gboolean
load_calls (ScriptLoader * l, JsonObject * object, ScriptAction * action)
{
  JsonNode *node = json_object_get_member (object, "call");
  gsize mark = script_load_enter (l, "call");
  gboolean ok = TRUE;

  if (node && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);
    guint n = json_array_get_length (array);

    if (n == 0 || n > MAX_CALLS)
      ok = script_load_fail (l, "must have 1 to %u calls", MAX_CALLS);
    for (guint i = 0; ok && i < n; i++) {
      gsize inner = script_load_enter_index (l, i);

      ok = load_call (l, json_array_get_element (array, i), action);
      script_load_leave (l, inner);
    }
  } else if (node) {
    ok = load_call (l, node, action);
  }
  script_load_leave (l, mark);
  return ok;
}

static gboolean
add_branch (ScriptLoader * l, JsonNode * node, const gchar * const *more_keys,
    GPtrArray * to)
{
  ScriptAction *branch = script_load_action (l, node, more_keys);

  if (branch)
    g_ptr_array_add (to, branch);
  return branch != NULL;
}

/* Actions one of which is taken. */
static gboolean
load_branches (ScriptLoader * l, JsonObject * object, const gchar * key,
    const gchar * const *more_keys, GPtrArray * to)
{
  JsonNode *node = json_object_get_member (object, key);
  gsize mark = script_load_enter (l, key);
  gboolean ok = TRUE;

  if (node && JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    if (json_array_get_length (array) == 0)
      ok = script_load_fail (l, "must not be empty");
    for (guint i = 0; ok && i < json_array_get_length (array); i++) {
      gsize inner = script_load_enter_index (l, i);

      ok = add_branch (l, json_array_get_element (array, i), more_keys, to);
      script_load_leave (l, inner);
    }
  } else if (node) {
    ok = add_branch (l, node, more_keys, to);
  }
  script_load_leave (l, mark);
  return ok;
}

static gboolean
load_goto (ScriptLoader * l, JsonObject * object, ScriptAction * action)
{
  const gchar *name = NULL, *chosen;
  gboolean ok = script_load_string (l, object, "goto", &name);
  gsize mark = script_load_enter (l, "goto");
  guint index;

  ok = ok && (!name || choose (l, "state", (const gchar * const *)
          l->state_names->pdata, name, &chosen));
  if (ok && name && g_ptr_array_find (l->state_names, chosen, &index))
    action->go = index;
  script_load_leave (l, mark);
  return ok;
}

static gboolean
load_expect_object (ScriptLoader * l, JsonObject * object,
    ScriptAction * action, const gchar ** kind)
{
  static const gchar *const keys[] = { "comment", "kind", "length", NULL };
  JsonNode *node = json_object_get_member (object, "length");
  gint64 length = 0;

  if (!script_load_keys (l, object, keys)
      || !script_load_string (l, object, "kind", kind))
    return FALSE;
  if (!*kind)
    return script_load_fail (l, "'kind' is missing");
  if (node && (json_node_get_value_type (node) != G_TYPE_INT64
          || (length = json_node_get_int (node)) < 1 || length > 99))
    return script_load_fail_at (l, "length", "must be a number from 1 to 99");
  action->expect_length = length;
  return TRUE;
}

/* {"kind": "digits", "length": 5}, or only the kind. */
static gboolean
load_expect (ScriptLoader * l, JsonObject * object, ScriptAction * action)
{
  JsonNode *node = json_object_get_member (object, "expect");
  gboolean whole = node && JSON_NODE_HOLDS_OBJECT (node);
  const gchar *kind = NULL;
  gboolean ok = whole || script_load_string (l, object, "expect", &kind);
  gsize mark = script_load_enter (l, "expect");

  if (whole)
    ok = load_expect_object (l, json_node_get_object (node), action, &kind);
  ok = ok && (!kind || choose (l, "kind of answer", expect_kinds, kind,
          &action->expect));
  script_load_leave (l, mark);
  return ok;
}

/* {"code": "server", "text": "..."}, or only the code. */
static gboolean
load_fail (ScriptLoader * l, JsonObject * object, ScriptAction * action)
{
  static const gchar *const keys[] = { "comment", "code", "text", NULL };
  JsonNode *node = json_object_get_member (object, "fail");
  gboolean whole = node && JSON_NODE_HOLDS_OBJECT (node);
  const gchar *code = NULL, *text = NULL;
  gboolean ok = whole || script_load_string (l, object, "fail", &code);
  gsize mark = script_load_enter (l, "fail");

  if (whole) {
    JsonObject *inner = json_node_get_object (node);

    ok = script_load_keys (l, inner, keys)
        && script_load_string (l, inner, "code", &code)
        && script_load_string (l, inner, "text", &text)
        && (code || script_load_fail (l, "'code' is missing"));
  }
  ok = ok && (!code || choose (l, "error code", error_codes, code,
          &action->fail));
  action->fail_text = g_strdup (text);
  script_load_leave (l, mark);
  return ok;
}

static gboolean
does_nothing (const ScriptAction * a)
{
  return !a->cycle->len && !a->set->len && !a->say->len && !a->cases->len
      && !a->calls->len && a->go < 0 && !a->expect && !a->fail && !a->end
      && !a->stall && !a->empty && !a->refuse;
}

/* What leads on, and so ends what an action does itself. */
static guint
ends_of (const ScriptAction * a)
{
  return (a->cases->len > 0) + (a->calls->len > 0) + (a->go >= 0) + a->end
      + (a->fail != NULL) + a->stall + a->refuse;
}

static gboolean
check_action (ScriptLoader * l, const ScriptAction * a)
{
  if (does_nothing (a))
    return script_load_fail (l, "does nothing; {\"empty\": true} answers with "
        "nothing");
  if (a->cycle->len && (ends_of (a) || a->set->len || a->say->len
          || a->empty || a->expect || a->uninterruptible))
    return script_load_fail_at (l, "cycle", "must stand alone: what else is to "
        "be done belongs into its parts");
  if (ends_of (a) > 1)
    return script_load_fail (l, "only one of 'cases', 'call', 'goto', 'end', "
        "'fail', 'stall' and 'refuse' can stand in one place; what follows a "
        "call belongs into its 'then'");
  if ((a->fail || a->stall) && (a->set->len || a->expect))
    return script_load_fail (l, "what fails or stalls cannot set anything");
  if (a->empty && (ends_of (a) || a->say->len))
    return script_load_fail_at (l, "empty", "must be without anything to do "
        "or say");
  if (a->calls->len && !a->then->len)
    return script_load_fail (l, "'then' is missing: what is done with the "
        "result of the call");
  if (!a->calls->len && (a->then->len || a->late->len))
    return script_load_fail (l, "'then' and 'late' stand only beside 'call'");
  return TRUE;
}

static gboolean
load_known_keys (ScriptLoader * l, JsonObject * object,
    const gchar * const *more_keys)
{
  GPtrArray *keys = g_ptr_array_new ();
  gboolean ok;

  for (guint i = 0; action_keys[i]; i++)
    g_ptr_array_add (keys, (gpointer) action_keys[i]);
  for (guint i = 0; more_keys && more_keys[i]; i++)
    g_ptr_array_add (keys, (gpointer) more_keys[i]);
  g_ptr_array_add (keys, NULL);
  ok = script_load_keys (l, object, (const gchar * const *) keys->pdata);
  g_ptr_array_unref (keys);
  return ok;
}

static gboolean
load_action (ScriptLoader * l, JsonObject * object, ScriptAction * action,
    const gchar * const *more_keys)
{
  static const gchar *const branch_keys[] = { "when", NULL };

  return load_known_keys (l, object, more_keys)
      && load_when (l, object, action)
      && load_branches (l, object, "cycle", NULL, action->cycle)
      && load_set (l, object, action)
      && load_texts (l, object, "say", action->say)
      && load_branches (l, object, "cases", branch_keys, action->cases)
      && load_calls (l, object, action)
      && load_branches (l, object, "then", branch_keys, action->then)
      && load_texts (l, object, "late", action->late)
      && load_goto (l, object, action)
      && load_expect (l, object, action)
      && load_fail (l, object, action)
      && script_load_flag (l, object, "end", &action->end)
      && script_load_flag (l, object, "stall", &action->stall)
      && script_load_flag (l, object, "empty", &action->empty)
      && script_load_flag (l, object, "refuse", &action->refuse)
      && script_load_flag (l, object, "uninterruptible",
      &action->uninterruptible)
      && check_action (l, action);
}

/* @more_keys: what else may stand in the object. NULL if there is a fault. */
ScriptAction *
script_load_action (ScriptLoader * l, JsonNode * node,
    const gchar * const *more_keys)
{
  JsonObject *object = script_load_object (l, node);
  ScriptAction *action;

  if (!object)
    return NULL;
  if (l->depth >= MAX_DEPTH || l->script->n_actions >= MAX_ACTIONS) {
    script_load_fail (l, "more than %u actions, or nested more than %u deep",
        MAX_ACTIONS, MAX_DEPTH);
    return NULL;
  }
  action = script_action_new (l->script->n_actions++);
  l->depth++;
  if (!load_action (l, object, action, more_keys))
    g_clear_pointer (&action, script_action_free);
  l->depth--;
  return action;
}

static gboolean
all_only_speak (ScriptLoader * l, GPtrArray * actions)
{
  for (guint i = 0; i < actions->len; i++) {
    if (!script_load_only_speaks (l, g_ptr_array_index (actions, i)))
      return FALSE;
  }
  return TRUE;
}

/* What is not the answer to what the caller said leaves no trace by which it
 * could be known later that it was done. */
gboolean
script_load_only_speaks (ScriptLoader * l, const ScriptAction * action)
{
  if (action->calls->len || action->go >= 0 || action->set->len || action->end
      || action->refuse)
    return script_load_fail (l, "can only speak: no 'call', 'goto', 'set', "
        "'end' or 'refuse' here");
  return all_only_speak (l, action->cases) && all_only_speak (l, action->cycle);
}
