/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads a script and checks all of it, so that no call runs into a fault: every
 * error says in which line and in which part of the file, what is wrong and, if
 * it can be guessed, what was meant.
 *
 * Threads: any. Locks: none.
 */
#include "script-load.h"

#include <gst-voice/json.h>
#include <string.h>

#define MAX_STATES 256
#define MAX_INTENTS 2000
#define MAX_PATTERNS 100
#define MAX_LISTS 200
#define MAX_PHRASES 5000

static const gchar *const script_keys[] = { "$schema", "comment", "name",
  "start", "lists", "always", "states", "else", "failed", "running", "refusal",
  "unheard", NULL
};

/* What is answered where a script says nothing. */
static const gchar own_lines[] = "{"
    "\"else\": {\"say\": \"Sorry, I did not understand that.\"},"
    "\"failed\": {\"say\": \"Sorry, that did not work.\"},"
    "\"running\": {\"say\": \"That is still being done.\"},"
    "\"refusal\": {\"say\": \"Sorry, I cannot help with that.\"},"
    "\"unheard\": {\"cases\": [{\"when\": {\"rest\": {\"not\": null}},"
    " \"say\": \"${rest}\"}, {\"say\": \"Sorry, what did you say?\"}]}}";

static void
place_free (gpointer data)
{
  ScriptPlace *place = data;

  g_free (place->pointer);
  g_free (place->name);
  g_free (place);
}

/* "clinic.script.json:12: /states/idle/enter: what is wrong" */
static gchar *
worded (ScriptLoader * l, const gchar * pointer, const gchar * message)
{
  guint line = 0, column;

  if (!l->text)
    return g_strdup_printf ("%s: %s", pointer, message);
  gst_voice_json_locate (l->text, l->length, pointer, &line, &column);
  return g_strdup_printf ("%s:%u: %s%s%s", l->script->file, line, pointer,
      *pointer ? ": " : "", message);
}

static void
set_error (ScriptLoader * l, const gchar * message)
{
  gchar *text;

  if (l->error)
    return;
  text = worded (l, l->pointer->str, message);
  l->error = g_error_new_literal (SCRIPT_ERROR, 0, text);
  g_free (text);
}

gboolean
script_load_fail (ScriptLoader * l, const gchar * format, ...)
{
  va_list args;
  gchar *message;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  set_error (l, message);
  g_free (message);
  return FALSE;
}

gboolean
script_load_fail_at (ScriptLoader * l, const gchar * key,
    const gchar * format, ...)
{
  gsize mark = script_load_enter (l, key);
  va_list args;
  gchar *message;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  set_error (l, message);
  g_free (message);
  script_load_leave (l, mark);
  return FALSE;
}

void
script_load_warn (ScriptLoader * l, const gchar * pointer,
    const gchar * format, ...)
{
  va_list args;
  gchar *message;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (l->script->warnings, worded (l, pointer, message));
  g_free (message);
}

gsize
script_load_enter (ScriptLoader * l, const gchar * key)
{
  gsize mark = l->pointer->len;

  gst_voice_json_pointer_append (l->pointer, key);
  return mark;
}

gsize
script_load_enter_index (ScriptLoader * l, guint index)
{
  gsize mark = l->pointer->len;

  g_string_append_printf (l->pointer, "/%u", index);
  return mark;
}

void
script_load_leave (ScriptLoader * l, gsize mark)
{
  g_string_truncate (l->pointer, mark);
}

JsonObject *
script_load_object (ScriptLoader * l, JsonNode * node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  script_load_fail (l, "must be an object, {...}");
  return NULL;
}

gboolean
script_load_keys (ScriptLoader * l, JsonObject * object,
    const gchar * const *known)
{
  JsonObjectIter iter;
  const gchar *key, *meant;
  gboolean ok = TRUE;

  json_object_iter_init_ordered (&iter, object);
  while (ok && json_object_iter_next_ordered (&iter, &key, NULL)) {
    if (g_strv_contains (known, key))
      continue;
    meant = gst_voice_json_closest (key, known);
    if (meant)
      ok = script_load_fail_at (l, key, "there is no such key; did you mean "
          "'%s'?", meant);
    else
      ok = script_load_fail_at (l, key, "there is no such key here");
  }
  return ok;
}

/* A text if the key is there. */
gboolean
script_load_string (ScriptLoader * l, JsonObject * object, const gchar * key,
    const gchar ** value)
{
  JsonNode *node = json_object_get_member (object, key);

  if (!node)
    return TRUE;
  *value = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  return *value || script_load_fail_at (l, key, "must be a text");
}

gboolean
script_load_flag (ScriptLoader * l, JsonObject * object, const gchar * key,
    gboolean * value)
{
  JsonNode *node = json_object_get_member (object, key);

  if (!node)
    return TRUE;
  if (json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return script_load_fail_at (l, key, "must be true or false");
  *value = json_node_get_boolean (node);
  return TRUE;
}

static const ScriptList *
find_list (const gchar * name, gpointer data)
{
  ScriptLoader *l = data;
  ScriptList *list = g_hash_table_lookup (l->script->lists, name);

  if (list)
    g_hash_table_add (l->used_lists, g_strdup (name));
  return list;
}

static gboolean
add_pattern (ScriptLoader * l, JsonNode * node, ScriptIntent * intent)
{
  const gchar *text = JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_string (node) : NULL;
  const gchar *const *slots;
  ScriptPattern *pattern;
  GError *error = NULL;

  if (!text)
    return script_load_fail (l, "must be a pattern or a list of patterns");
  pattern = script_pattern_new (text, find_list, l, &error);
  if (!pattern) {
    script_load_fail (l, "%s", error->message);
    g_error_free (error);
    return FALSE;
  }
  g_ptr_array_add (intent->patterns, pattern);
  for (slots = script_pattern_slots (pattern); *slots; slots++) {
    if (g_strv_contains (script_own_slots, *slots))
      return script_load_fail (l, "a slot cannot be called '%s'", *slots);
    g_hash_table_add (l->slots, g_strdup (*slots));
  }
  return TRUE;
}

/* The same pattern twice: the second is never taken. */
static void
note_pattern (ScriptLoader * l, GHashTable * seen, JsonNode * node)
{
  const gchar *text = JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_string (node) : NULL;
  const gchar *first = text ? g_hash_table_lookup (seen, text) : NULL;

  if (first)
    script_load_warn (l, l->pointer->str, "is never taken, since %s has the "
        "same pattern", first);
  else if (text)
    g_hash_table_insert (seen, g_strdup (text), g_strdup (l->pointer->str));
}

static gboolean
load_match (ScriptLoader * l, JsonObject * object, GHashTable * seen,
    ScriptIntent * intent)
{
  JsonNode *node = json_object_get_member (object, "match");
  gsize mark, inner;
  gboolean ok = TRUE;
  guint n;

  if (!node)
    return script_load_fail (l, "'match' is missing: what the caller says");
  mark = script_load_enter (l, "match");
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    note_pattern (l, seen, node);
    ok = add_pattern (l, node, intent);
  } else {
    n = json_array_get_length (json_node_get_array (node));
    if (n == 0 || n > MAX_PATTERNS)
      ok = script_load_fail (l, "must have 1 to %u patterns", MAX_PATTERNS);
    for (guint i = 0; ok && i < n; i++) {
      JsonNode *one = json_array_get_element (json_node_get_array (node), i);

      inner = script_load_enter_index (l, i);
      note_pattern (l, seen, one);
      ok = add_pattern (l, one, intent);
      script_load_leave (l, inner);
    }
  }
  script_load_leave (l, mark);
  return ok;
}

static gboolean
load_intent (ScriptLoader * l, JsonNode * node, GHashTable * seen,
    GPtrArray * to)
{
  static const gchar *const more_keys[] = { "match", NULL };
  ScriptIntent *intent;

  if (!script_load_object (l, node))
    return FALSE;
  intent = g_new0 (ScriptIntent, 1);
  intent->where = g_strdup (l->pointer->str);
  intent->patterns = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_pattern_free);
  g_ptr_array_add (to, intent);
  intent->action = script_load_action (l, node, more_keys);
  return intent->action && load_match (l, json_node_get_object (node), seen,
      intent);
}

static gboolean
load_intents (ScriptLoader * l, JsonObject * object, const gchar * key,
    GPtrArray * to)
{
  JsonNode *node = json_object_get_member (object, key);
  gsize mark = script_load_enter (l, key), inner;
  GHashTable *seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  gboolean ok = TRUE;
  guint n = 0;

  if (node && !JSON_NODE_HOLDS_ARRAY (node))
    ok = script_load_fail (l, "must be a list of intents, [...]");
  else if (node)
    n = json_array_get_length (json_node_get_array (node));
  if (n > MAX_INTENTS)
    ok = script_load_fail (l, "has more than %u intents", MAX_INTENTS);
  for (guint i = 0; ok && i < n; i++) {
    inner = script_load_enter_index (l, i);
    ok = load_intent (l, json_array_get_element (json_node_get_array (node),
            i), seen, to);
    script_load_leave (l, inner);
  }
  g_hash_table_unref (seen);
  script_load_leave (l, mark);
  return ok;
}

/* An action that stands under a key; what is there already stays if there is
 * none. */
static gboolean
load_one_action (ScriptLoader * l, JsonObject * object, const gchar * key,
    gboolean only_speaks, ScriptAction ** to)
{
  JsonNode *node = json_object_get_member (object, key);
  gsize mark = script_load_enter (l, key);
  gboolean ok = TRUE;

  if (node) {
    g_clear_pointer (to, script_action_free);
    *to = script_load_action (l, node, NULL);
    ok = *to && (!only_speaks || script_load_only_speaks (l, *to));
  }
  script_load_leave (l, mark);
  return ok;
}

static gboolean
load_state (ScriptLoader * l, JsonNode * node, ScriptState * state)
{
  static const gchar *const keys[] = { "comment", "enter", "intents", "else",
    NULL
  };
  JsonObject *object = script_load_object (l, node);

  return object && script_load_keys (l, object, keys)
      && load_one_action (l, object, "enter", FALSE, &state->enter)
      && load_intents (l, object, "intents", state->intents)
      && load_one_action (l, object, "else", FALSE, &state->otherwise);
}

static gboolean
load_states (ScriptLoader * l, JsonObject * states)
{
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < l->script->states->len; i++) {
    ScriptState *state = g_ptr_array_index (l->script->states, i);
    gsize mark = script_load_enter (l, state->name);

    ok = load_state (l, json_object_get_member (states, state->name), state);
    script_load_leave (l, mark);
  }
  return ok;
}

static gboolean
add_phrases (ScriptLoader * l, JsonNode * node, ScriptList * list,
    const gchar * value)
{
  JsonArray *array;
  gboolean ok = TRUE;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return script_load_fail (l, "must be a list of words, [...]");
  array = json_node_get_array (node);
  if (json_array_get_length (array) == 0
      || json_array_get_length (array) > MAX_PHRASES)
    return script_load_fail (l, "must have 1 to %u words", MAX_PHRASES);
  for (guint i = 0; ok && i < json_array_get_length (array); i++) {
    JsonNode *one = json_array_get_element (array, i);
    const gchar *phrase = JSON_NODE_HOLDS_VALUE (one) ?
        json_node_get_string (one) : NULL;
    gsize mark = script_load_enter_index (l, i);

    ok = (phrase && script_list_add (list, phrase, value))
        || script_load_fail (l, "must be a word or a phrase of a few words");
    script_load_leave (l, mark);
  }
  return ok;
}

/* ["yes", "of course"], or {"Tuesday": ["tuesday", "tues"]}. */
static gboolean
load_list (ScriptLoader * l, const gchar * name, JsonNode * node)
{
  ScriptList *list = script_list_new ();
  JsonObjectIter iter;
  const gchar *value;
  gboolean ok = TRUE;

  g_hash_table_insert (l->script->lists, g_strdup (name), list);
  if (script_kind_find (name))
    return script_load_fail (l, "a list cannot have the name of a kind");
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return add_phrases (l, node, list, NULL);
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (ok && json_object_iter_next_ordered (&iter, &value, &node)) {
    gsize mark = script_load_enter (l, value);

    ok = add_phrases (l, node, list, value);
    script_load_leave (l, mark);
  }
  return ok;
}

static gboolean
load_lists (ScriptLoader * l, JsonObject * object)
{
  JsonNode *node = json_object_get_member (object, "lists");
  gsize mark = script_load_enter (l, "lists"), inner;
  JsonObject *lists = node ? script_load_object (l, node) : NULL;
  gboolean ok = !node || lists;
  JsonObjectIter iter;
  const gchar *name;

  if (lists && json_object_get_size (lists) > MAX_LISTS)
    ok = script_load_fail (l, "has more than %u lists", MAX_LISTS);
  if (ok && lists)
    json_object_iter_init_ordered (&iter, lists);
  while (ok && lists && json_object_iter_next_ordered (&iter, &name, &node)) {
    inner = script_load_enter (l, name);
    ok = load_list (l, name, node);
    g_ptr_array_add (l->list_names, (gpointer) name);
    script_load_leave (l, inner);
  }
  script_load_leave (l, mark);
  return ok;
}

/* The names of the states first, since any action may go to any state. */
static JsonObject *
name_states (ScriptLoader * l, JsonObject * object)
{
  JsonNode *node = json_object_get_member (object, "states");
  JsonObject *states = node ? script_load_object (l, node) : NULL;
  JsonObjectIter iter;
  const gchar *name;

  if (states && json_object_get_size (states) > MAX_STATES) {
    script_load_fail (l, "has more than %u states", MAX_STATES);
    return NULL;
  }
  if (states)
    json_object_iter_init_ordered (&iter, states);
  while (states && json_object_iter_next_ordered (&iter, &name, NULL)) {
    ScriptState *state = script_state_new (name);

    g_ptr_array_add (l->script->states, state);
    g_ptr_array_add (l->state_names, state->name);
  }
  /* Without states there is one, in which only `always` and `else` count. */
  if (l->script->states->len == 0)
    g_ptr_array_add (l->script->states, script_state_new ("start"));
  g_ptr_array_add (l->state_names, NULL);
  return states;
}

static gboolean
load_start (ScriptLoader * l, JsonObject * object)
{
  const gchar *start = NULL;
  const gchar *meant;

  if (!script_load_string (l, object, "start", &start))
    return FALSE;
  for (guint i = 0; start && i + 1 < l->state_names->len; i++) {
    if (strcmp (g_ptr_array_index (l->state_names, i), start) == 0) {
      l->script->start = i;
      return TRUE;
    }
  }
  if (!start)
    return TRUE;
  meant = gst_voice_json_closest (start, (const gchar * const *)
      l->state_names->pdata);
  return meant ? script_load_fail_at (l, "start", "there is no state '%s'; did "
      "you mean '%s'?", start, meant) : script_load_fail_at (l, "start",
      "there is no state '%s'", start);
}

static gboolean
load_own_lines (ScriptLoader * l, JsonObject * object)
{
  Script *s = l->script;

  return load_one_action (l, object, "else", FALSE, &s->otherwise)
      && load_one_action (l, object, "failed", TRUE, &s->failed)
      && load_one_action (l, object, "running", TRUE, &s->running)
      && load_one_action (l, object, "refusal", TRUE, &s->refusal)
      && load_one_action (l, object, "unheard", TRUE, &s->unheard);
}

static gboolean
load_script (ScriptLoader * l, JsonObject * object)
{
  const gchar *name = NULL;
  JsonObject *states;
  gboolean ok;
  gsize mark;

  if (!script_load_keys (l, object, script_keys)
      || !script_load_string (l, object, "name", &name)
      || !load_lists (l, object))
    return FALSE;
  l->script->name = g_strdup (name);
  mark = script_load_enter (l, "states");
  states = name_states (l, object);
  ok = !l->error && (!states || load_states (l, states));
  script_load_leave (l, mark);
  return ok && load_start (l, object)
      && load_intents (l, object, "always", l->script->always)
      && load_own_lines (l, object);
}

/* Every name that is read must be one that something fills. */
static gboolean
check_place (ScriptLoader * l, const ScriptPlace * place)
{
  gboolean slot = g_hash_table_contains (l->slots, place->name)
      || g_strv_contains (script_own_slots, place->name);
  gchar **names;
  const gchar *meant;
  guint n;

  if (g_hash_table_contains (l->results, place->name)
      || (slot && !place->has_path))
    return TRUE;
  g_string_assign (l->pointer, place->pointer);
  if (slot)
    return script_load_fail (l, "'%s' is a slot, which has no parts",
        place->name);
  names = (gchar **) g_hash_table_get_keys_as_array (place->has_path ?
      l->results : l->slots, &n);
  meant = gst_voice_json_closest (place->name, (const gchar * const *) names);
  if (meant)
    script_load_fail (l, "nothing fills '%s'; did you mean '%s'?",
        place->name, meant);
  else
    script_load_fail (l, "nothing fills '%s': no pattern, no 'set', no call",
        place->name);
  g_free (names);
  return FALSE;
}

static gboolean
check_places (ScriptLoader * l)
{
  for (guint i = 0; i < l->places->len; i++) {
    if (!check_place (l, g_ptr_array_index (l->places, i)))
      return FALSE;
  }
  return TRUE;
}

/* States that are entered and left at once for ever. */
static gboolean
check_loops (ScriptLoader * l)
{
  GPtrArray *states = l->script->states;

  for (guint i = 0; i < states->len; i++) {
    const ScriptState *state = g_ptr_array_index (states, i);

    for (guint n = 0; state->enter && state->enter->go >= 0; n++) {
      if (n == states->len) {
        g_string_assign (l->pointer, "/states");
        script_load_enter (l, state->name);
        return script_load_fail_at (l, "enter", "leads back to itself for "
            "ever");
      }
      state = g_ptr_array_index (states, state->enter->go);
    }
  }
  return TRUE;
}

static void reach_state (const Script * script, guint index,
    gboolean * reached);

static void
reach_action (const Script * script, const ScriptAction * action,
    gboolean * reached)
{
  const GPtrArray *inner[3];

  if (!action)
    return;
  inner[0] = action->cycle;
  inner[1] = action->cases;
  inner[2] = action->then;
  if (action->go >= 0)
    reach_state (script, action->go, reached);
  for (guint k = 0; k < G_N_ELEMENTS (inner); k++) {
    for (guint i = 0; i < inner[k]->len; i++)
      reach_action (script, g_ptr_array_index (inner[k], i), reached);
  }
}

static void
reach_intents (const Script * script, GPtrArray * intents, gboolean * reached)
{
  for (guint i = 0; i < intents->len; i++) {
    const ScriptIntent *intent = g_ptr_array_index (intents, i);

    reach_action (script, intent->action, reached);
  }
}

static void
reach_state (const Script * script, guint index, gboolean * reached)
{
  const ScriptState *state = g_ptr_array_index (script->states, index);

  if (reached[index])
    return;
  reached[index] = TRUE;
  reach_action (script, state->enter, reached);
  reach_action (script, state->otherwise, reached);
  reach_intents (script, state->intents, reached);
}

static void
warn_unused (ScriptLoader * l)
{
  const Script *script = l->script;
  gboolean *reached = g_new0 (gboolean, script->states->len);

  reach_state (script, script->start, reached);
  reach_intents (script, script->always, reached);
  reach_action (script, script->otherwise, reached);
  for (guint i = 0; i < script->states->len; i++) {
    const ScriptState *state = g_ptr_array_index (script->states, i);

    if (reached[i])
      continue;
    g_string_assign (l->pointer, "/states");
    script_load_enter (l, state->name);
    script_load_warn (l, l->pointer->str, "no 'goto' leads to this state");
  }
  g_free (reached);
  for (guint i = 0; i < l->list_names->len; i++) {
    const gchar *name = g_ptr_array_index (l->list_names, i);

    if (g_hash_table_contains (l->used_lists, name))
      continue;
    g_string_assign (l->pointer, "/lists");
    script_load_enter (l, name);
    script_load_warn (l, l->pointer->str, "no pattern uses this list");
  }
}

static void
load_defaults (ScriptLoader * l, const gchar * reply)
{
  JsonNode *root = json_from_string (own_lines, NULL);
  JsonObject *lines = json_node_get_object (root);
  JsonObject *otherwise;

  if (reply) {
    otherwise = json_object_new ();
    json_object_set_string_member (otherwise, "say", reply);
    json_object_set_object_member (lines, "else", otherwise);
  }
  load_own_lines (l, lines);
  json_node_unref (root);
}

static void
loader_init (ScriptLoader * l, const gchar * file)
{
  Script *s = g_new0 (Script, 1);

  s->file = g_strdup (file);
  s->states = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_state_free);
  s->always = g_ptr_array_new_with_free_func ((GDestroyNotify)
      script_intent_free);
  s->lists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) script_list_free);
  s->warnings = g_ptr_array_new_with_free_func (g_free);
  l->script = s;
  l->pointer = g_string_new (NULL);
  l->state_names = g_ptr_array_new ();
  l->list_names = g_ptr_array_new ();
  l->used_lists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  l->slots = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  l->results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  l->places = g_ptr_array_new_with_free_func (place_free);
}

static void
loader_clear (ScriptLoader * l)
{
  g_string_free (l->pointer, TRUE);
  g_ptr_array_unref (l->state_names);
  g_ptr_array_unref (l->list_names);
  g_hash_table_unref (l->used_lists);
  g_hash_table_unref (l->slots);
  g_hash_table_unref (l->results);
  g_ptr_array_unref (l->places);
}

static JsonNode *
parse_file (ScriptLoader * l)
{
  GError *error = NULL;
  JsonNode *root = gst_voice_json_parse (l->text, l->length, SCRIPT_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);

  if (!root) {
    l->error = g_error_new (SCRIPT_ERROR, 0, "%s:%s", l->script->file,
        error->message);
    g_error_free (error);
  }
  return root;
}

Script *
script_new (const gchar * text, gssize length, const gchar * file,
    const gchar * reply, GError ** error)
{
  ScriptLoader l = { 0 };
  JsonNode *root = NULL;
  JsonObject *object;

  loader_init (&l, file);
  load_defaults (&l, reply);
  l.text = text;
  l.length = length;
  if (!l.error)
    root = parse_file (&l);
  object = root ? script_load_object (&l, root) : NULL;
  if (object && load_script (&l, object) && check_places (&l)
      && check_loops (&l))
    warn_unused (&l);
  g_ptr_array_add (l.script->warnings, NULL);
  loader_clear (&l);
  g_clear_pointer (&root, json_node_unref);
  if (!l.error)
    return l.script;
  g_propagate_error (error, l.error);
  script_free (l.script);
  return NULL;
}
