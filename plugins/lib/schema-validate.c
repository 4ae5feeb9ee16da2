/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Validation: walks a value along the Subs and writes down what does not fit,
 * in words from which a person or a model can mend it.
 *
 * Bounded in every direction: a Sub that is reached by reference is applied to
 * a value once (`visits`), which makes the work the product of schema and value
 * and not an exponent; steps, depth, backtracking and problems have limits, and
 * a value that exceeds one is invalid.
 *
 * Threads: any; a Run belongs to one call. Locks: none.
 */
#include "json.h"
#include "json-private.h"
#include "schema-run.h"

#include <math.h>
#include <string.h>

#define STEPS_LIMIT 500000
#define DEPTH_LIMIT 512
/* Of a branch of anyOf that did not match: enough to tell what is wrong. */
#define BRANCH_PROBLEMS 3
#define QUOTE_LENGTH 60
#define LIST_LENGTH 240

/* A Sub, reached by reference, at a value. */
typedef struct
{
  const Sub *sub;
  JsonNode *node;
  gboolean valid;
  GPtrArray *problems;          /* NULL if there is none */
} Visit;

static const struct
{
  guint bit;
  const gchar *words;
} type_words[] = {
  {TYPE_STRING, "a string"}, {TYPE_INTEGER, "an integer"},
  {TYPE_NUMBER, "a number"}, {TYPE_BOOLEAN, "true or false"},
  {TYPE_OBJECT, "an object"}, {TYPE_ARRAY, "an array"}, {TYPE_NULL, "null"},
};

static guint
visit_hash (gconstpointer key)
{
  const Visit *visit = key;

  return g_direct_hash (visit->sub) * 31 + g_direct_hash (visit->node);
}

static gboolean
visit_equal (gconstpointer a, gconstpointer b)
{
  const Visit *x = a, *y = b;

  return x->sub == y->sub && x->node == y->node;
}

static void
visit_free (gpointer data)
{
  Visit *visit = data;

  g_clear_pointer (&visit->problems, g_ptr_array_unref);
  g_free (visit);
}

gboolean
schema_charge (Run * run, guint steps)
{
  if (run->steps + steps > STEPS_LIMIT)
    run->given_up = "is too large to be checked against this schema";
  else
    run->steps += steps;
  return !run->given_up;
}

static void
append_path (GString * pointer, const Path * path)
{
  if (!path)
    return;
  append_path (pointer, path->up);
  if (path->name)
    gst_voice_json_pointer_append (pointer, path->name);
  else
    g_string_append_printf (pointer, "/%u", path->index);
}

/* Takes @expected. Returns FALSE, for the sake of the callers. */
gboolean
schema_fail (GPtrArray * out, const Path * path, const gchar * keyword,
    gchar * expected, const gchar * format, ...)
{
  GString *pointer;
  va_list args;

  if (out->len >= PROBLEMS_LIMIT) {
    g_free (expected);
    return FALSE;
  }
  pointer = g_string_new (NULL);
  append_path (pointer, path);
  va_start (args, format);
  schema_problem_add (out, g_string_free (pointer, FALSE), keyword,
      g_strdup_vprintf (format, args), expected);
  va_end (args);
  return FALSE;
}

static gchar *
quote (JsonNode * node)
{
  return _gst_voice_json_quote (node, QUOTE_LENGTH);
}

static gboolean
is_number (JsonNode * node)
{
  GType type = json_node_get_value_type (node);

  return JSON_NODE_HOLDS_VALUE (node) && (type == G_TYPE_INT64
      || type == G_TYPE_DOUBLE);
}

static gboolean
is_integer (JsonNode * node)
{
  gdouble number;

  if (json_node_get_value_type (node) == G_TYPE_INT64)
    return TRUE;
  number = json_node_get_double (node);
  return isfinite (number) && number == floor (number);
}

static guint
types_of (JsonNode * node)
{
  switch (json_node_get_node_type (node)) {
    case JSON_NODE_OBJECT:
      return TYPE_OBJECT;
    case JSON_NODE_ARRAY:
      return TYPE_ARRAY;
    case JSON_NODE_NULL:
      return TYPE_NULL;
    default:
      break;
  }
  if (json_node_get_string (node))
    return TYPE_STRING;
  if (!is_number (node))
    return TYPE_BOOLEAN;
  return is_integer (node) ? TYPE_NUMBER | TYPE_INTEGER : TYPE_NUMBER;
}

/* For messages: "the string " before the value, if that is not plain. */
static const gchar *
kind_of (JsonNode * node)
{
  guint bits = types_of (node);

  return bits & TYPE_STRING ? "the string " : bits & TYPE_NUMBER ?
      "the number " : bits & TYPE_ARRAY ? "the array " : bits & TYPE_OBJECT ?
      "the object " : "";
}

gchar *
schema_types_in_words (guint bits)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (type_words); i++) {
    if (bits & type_words[i].bit) {
      bits &= ~type_words[i].bit;
      if (words->len)
        g_string_append (words, bits ? ", " : " or ");
      g_string_append (words, type_words[i].words);
    }
  }
  return g_string_free (words, FALSE);
}

static gboolean
check_type (const Sub * sub, JsonNode * node, const Path * path,
    GPtrArray * out)
{
  gchar *words, *got;

  if (sub->types == 0 || (sub->types & types_of (node)))
    return TRUE;
  words = schema_types_in_words (sub->types);
  got = quote (node);
  schema_fail (out, path, "type", g_strdup (words), "must be %s, got %s%s",
      words, kind_of (node), got);
  g_free (got);
  g_free (words);
  return FALSE;
}

static gchar *
list_values (JsonArray * array)
{
  GString *list = g_string_new (NULL);
  guint length = json_array_get_length (array);

  for (guint i = 0; i < length; i++) {
    gchar *text = quote (json_array_get_element (array, i));

    if (list->len > LIST_LENGTH) {
      g_string_append_printf (list, " or one of %u more", length - i);
      i = length;
    } else {
      g_string_append_printf (list, "%s%s", i == 0 ? "" : i + 1 == length ?
          " or " : ", ", text);
    }
    g_free (text);
  }
  return g_string_free (list, FALSE);
}

static const gchar *
closest_value (JsonArray * array, const gchar * text)
{
  GPtrArray *words = g_ptr_array_new ();
  const gchar *found;

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *item = json_array_get_element (array, i);

    if (types_of (item) & TYPE_STRING)
      g_ptr_array_add (words, (gpointer) json_node_get_string (item));
  }
  g_ptr_array_add (words, NULL);
  found = gst_voice_json_closest (text, (const gchar * const *) words->pdata);
  g_ptr_array_unref (words);
  return found;
}

static gboolean
check_enum (Run * run, const Sub * sub, JsonNode * node, const Path * path,
    GPtrArray * out)
{
  guint length = json_array_get_length (sub->enumeration);
  const gchar *text = types_of (node) & TYPE_STRING ?
      json_node_get_string (node) : NULL;
  const gchar *meant;
  gchar *list, *got;

  if (!schema_charge (run, length))
    return FALSE;
  for (guint i = 0; i < length; i++) {
    if (gst_voice_json_equal (json_array_get_element (sub->enumeration, i),
            node))
      return TRUE;
  }
  list = list_values (sub->enumeration);
  got = quote (node);
  meant = text && schema_charge (run, length * 4) ?
      closest_value (sub->enumeration, text) : NULL;
  schema_fail (out, path, "enum", g_strdup (list), "must be %s, got %s%s%s%s",
      list, got, meant ? "; did you mean \"" : "", meant ? meant : "",
      meant ? "\"?" : "");
  g_free (got);
  g_free (list);
  return FALSE;
}

static gboolean
check_const (const Sub * sub, JsonNode * node, const Path * path,
    GPtrArray * out)
{
  gchar *wanted, *got;

  if (gst_voice_json_equal (sub->constant, node))
    return TRUE;
  wanted = quote (sub->constant);
  got = quote (node);
  schema_fail (out, path, "const", g_strdup (wanted), "must be %s, got %s",
      wanted, got);
  g_free (got);
  g_free (wanted);
  return FALSE;
}

/* With whole numbers exactly, otherwise within the precision of a double. */
static gboolean
is_multiple (JsonNode * node, JsonNode * of)
{
  gdouble quotient;

  if (json_node_get_value_type (node) == G_TYPE_INT64
      && json_node_get_value_type (of) == G_TYPE_INT64)
    return json_node_get_int (node) % json_node_get_int (of) == 0;
  quotient = json_node_get_double (node) / json_node_get_double (of);
  return !isfinite (quotient)
      || fabs (quotient - round (quotient)) <= 1e-9 * MAX (1,
      fabs (quotient) * 1e-6);
}

static gboolean
check_numbers (const Sub * sub, JsonNode * node, const Path * path,
    GPtrArray * out)
{
  static const struct
  {
    const gchar *keyword, *words;
  } rules[] = {
    {"minimum", "at least"}, {"maximum", "at most"},
    {"exclusiveMinimum", "greater than"}, {"exclusiveMaximum", "less than"},
    {"multipleOf", "a multiple of"},
  };
  gboolean valid = TRUE;

  for (guint i = 0; i < N_NUMBERS; i++) {
    JsonNode *bound = sub->numbers[i];
    gint order = bound ? gst_voice_json_compare_numbers (node, bound) : 0;
    gboolean fits = !bound || (i == NUMBER_MINIMUM ? order >= 0 :
        i == NUMBER_MAXIMUM ? order <= 0 : i == NUMBER_EXCLUSIVE_MINIMUM ?
        order > 0 : i == NUMBER_EXCLUSIVE_MAXIMUM ? order < 0 :
        is_multiple (node, bound));
    gchar *wanted, *got;

    if (fits)
      continue;
    wanted = quote (bound);
    got = quote (node);
    valid = schema_fail (out, path, rules[i].keyword,
        g_strdup_printf ("%s %s", rules[i].words, wanted),
        "must be %s %s, got %s", rules[i].words, wanted, got);
    g_free (got);
    g_free (wanted);
  }
  return valid;
}

/* One pair of limits, such as minItems and maxItems. @one and @many name what
 * is counted. */
gboolean
schema_check_counts (const Sub * sub, guint which, gint64 count,
    const gchar * one, const gchar * many, const Path * path, GPtrArray * out)
{
  static const gchar *const keywords[N_COUNTS] = { "minLength", "maxLength",
    "minItems", "maxItems", "minContains", "maxContains", "minProperties",
    "maxProperties"
  };
  gint64 least = sub->counts[which], most = sub->counts[which + 1];
  gboolean few = least >= 0 && count < least;
  gchar *wanted;

  if (!few && (most < 0 || count <= most))
    return TRUE;
  wanted = g_strdup_printf ("at %s %" G_GINT64_FORMAT " %s",
      few ? "least" : "most", few ? least : most,
      (few ? least : most) == 1 ? one : many);
  schema_fail (out, path, keywords[few ? which : which + 1],
      g_strdup (wanted), "must have %s, has %" G_GINT64_FORMAT, wanted, count);
  g_free (wanted);
  return FALSE;
}

gboolean
schema_matches (Run * run, const SchemaPattern * pattern, const gchar * text)
{
  GError *error = NULL;
  gboolean found;

  if (!schema_charge (run, 20 + strlen (text) / 8))
    return FALSE;
  found = g_regex_match_full (pattern->regex, text, -1, 0, 0, NULL, &error);
  /* Nothing may become valid because the expression gave up. */
  if (error)
    run->given_up = "takes too long to be matched with a pattern";
  g_clear_error (&error);
  return found;
}

static gboolean
check_string (Run * run, const Sub * sub, JsonNode * node, const Path * path,
    GPtrArray * out)
{
  const gchar *text = json_node_get_string (node);
  gboolean valid = schema_check_counts (sub, COUNT_MIN_LENGTH,
      g_utf8_strlen (text, -1), "character", "characters", path, out);

  if (sub->pattern && !schema_matches (run, sub->pattern, text)) {
    gchar *got = quote (node);

    valid = schema_fail (out, path, "pattern", g_strdup (sub->pattern->source),
        "must match the pattern %s, got %s", sub->pattern->source, got);
    g_free (got);
  }
  if (sub->format && !sub->format->check (text)) {
    gchar *got = quote (node);

    valid = schema_fail (out, path, "format", g_strdup (sub->format->hint),
        "must match the format %s (%s), got %s", sub->format->name,
        sub->format->hint, got);
    g_free (got);
  }
  return valid;
}

static void
append_problems (GPtrArray * out, GPtrArray * found)
{
  for (guint i = 0; found && i < found->len && out->len < PROBLEMS_LIMIT; i++)
    g_ptr_array_add (out, g_atomic_rc_box_acquire (found->pdata[i]));
}

static gboolean
check_reference (Run * run, const Sub * target, JsonNode * node,
    const Path * path, GPtrArray * out)
{
  Visit key = { target, node };
  Visit *visit;

  if (!run->visits)
    run->visits = g_hash_table_new_full (visit_hash, visit_equal, visit_free,
        NULL);
  visit = g_hash_table_lookup (run->visits, &key);
  if (!visit) {
    visit = g_memdup2 (&key, sizeof key);
    visit->problems = schema_problems_new ();
    visit->valid = schema_check (run, target, node, path, visit->problems);
    if (visit->problems->len == 0)
      g_clear_pointer (&visit->problems, g_ptr_array_unref);
    g_hash_table_add (run->visits, visit);
  }
  append_problems (out, visit->problems);
  return visit->valid;
}

/* Whether the branch fails because the value is of another type altogether. */
static gboolean
is_other_type (GPtrArray * problems, const gchar * pointer)
{
  const GstVoiceSchemaProblem *first = problems->len ? problems->pdata[0] :
      NULL;

  return first && strcmp (first->keyword, "type") == 0
      && strcmp (first->pointer, pointer) == 0;
}

/* "must be a string or null", if type is all that the branches differ in. */
static gchar *
only_types (GPtrArray * branches, const gchar * pointer)
{
  GString *words = g_string_new (NULL);

  for (guint i = 0; i < branches->len; i++) {
    GPtrArray *problems = branches->pdata[i];

    if (!is_other_type (problems, pointer)) {
      g_string_free (words, TRUE);
      return NULL;
    }
    g_string_append_printf (words, "%s%s", i ? " or " : "",
        ((GstVoiceSchemaProblem *) problems->pdata[0])->expected);
  }
  return g_string_free (words, FALSE);
}

static guint
nearest_branch (GPtrArray * branches, const gchar * pointer)
{
  guint nearest = 0, least = G_MAXUINT;

  for (guint i = 0; i < branches->len; i++) {
    GPtrArray *problems = branches->pdata[i];
    guint distance = problems->len + (is_other_type (problems, pointer) ?
        1000 : 0);

    if (distance < least) {
      least = distance;
      nearest = i;
    }
  }
  return nearest;
}

static void
no_branch_fits (GPtrArray * branches, JsonNode * node, const gchar * keyword,
    const Path * path, GPtrArray * out)
{
  GString *pointer = g_string_new (NULL), *why = g_string_new (NULL);
  GPtrArray *nearest;
  gchar *words, *got = quote (node);
  guint index;

  append_path (pointer, path);
  words = only_types (branches, pointer->str);
  index = nearest_branch (branches, pointer->str);
  nearest = branches->pdata[index];
  for (guint i = 0; i < MIN (nearest->len, BRANCH_PROBLEMS); i++) {
    gchar *text = gst_voice_schema_problem_to_string (nearest->pdata[i]);

    g_string_append_printf (why, "%s %s", i ? ";" : "", text);
    g_free (text);
  }
  if (words)
    schema_fail (out, path, keyword, g_strdup (words), "must be %s, got %s%s",
        words, kind_of (node), got);
  else
    schema_fail (out, path, keyword, g_strdup (""),
        "fits none of the %u forms; the nearest is form %u:%s",
        branches->len, index + 1, why->str);
  g_free (words);
  g_free (got);
  g_string_free (why, TRUE);
  g_string_free (pointer, TRUE);
}

/* anyOf and oneOf; oneOf goes on after a match. */
static gboolean
check_branches (Run * run, GPtrArray * subs, gboolean one, JsonNode * node,
    const Path * path, GPtrArray * out)
{
  GPtrArray *branches = g_ptr_array_new_with_free_func ((GDestroyNotify)
      g_ptr_array_unref);
  gint first = -1, second = -1;

  for (guint i = 0; i < subs->len && second < 0 && (one || first < 0); i++) {
    GPtrArray *problems = schema_problems_new ();

    g_ptr_array_add (branches, problems);
    if (schema_check (run, subs->pdata[i], node, path, problems)) {
      second = first >= 0 ? (gint) i : -1;
      first = first >= 0 ? first : (gint) i;
    }
  }
  if (second >= 0)
    schema_fail (out, path, "oneOf", g_strdup_printf ("one of %u forms",
            subs->len),
        "must fit exactly one of the %u forms, but fits both form %d and "
        "form %d", subs->len, first + 1, second + 1);
  else if (first < 0)
    no_branch_fits (branches, node, one ? "oneOf" : "anyOf", path, out);
  g_ptr_array_unref (branches);
  return first >= 0 && second < 0;
}

/* Whether the value fits, leaving no problem. */
static gboolean
fits (Run * run, const Sub * sub, JsonNode * node, const Path * path)
{
  GPtrArray *ignored = schema_problems_new ();
  gboolean valid = schema_check (run, sub, node, path, ignored);

  g_ptr_array_unref (ignored);
  return valid;
}

static gboolean
check_not (Run * run, const Sub * forbidden, JsonNode * node,
    const Path * path, GPtrArray * out)
{
  gchar *got, *form;

  if (!fits (run, forbidden, node, path))
    return TRUE;
  got = quote (node);
  form = quote (forbidden->node);
  schema_fail (out, path, "not", g_strdup (""), "must not fit %s, got %s", form,
      got);
  g_free (form);
  g_free (got);
  return FALSE;
}

static gboolean
check_combined (Run * run, const Sub * sub, JsonNode * node,
    const Path * path, GPtrArray * out)
{
  GPtrArray *all = sub->lists[LIST_ALL_OF];
  const Sub *then = NULL;
  gboolean valid = TRUE;

  for (guint i = 0; all && i < all->len; i++) {
    if (!schema_check (run, all->pdata[i], node, path, out))
      valid = FALSE;
  }
  if (sub->lists[LIST_ANY_OF] && !check_branches (run, sub->lists[LIST_ANY_OF],
          FALSE, node, path, out))
    valid = FALSE;
  if (sub->lists[LIST_ONE_OF] && !check_branches (run, sub->lists[LIST_ONE_OF],
          TRUE, node, path, out))
    valid = FALSE;
  if (sub->singles[SINGLE_NOT]
      && !check_not (run, sub->singles[SINGLE_NOT], node, path, out))
    valid = FALSE;
  if (sub->singles[SINGLE_IF])
    then = sub->singles[fits (run, sub->singles[SINGLE_IF], node, path) ?
        SINGLE_THEN : SINGLE_ELSE];
  if (then && !schema_check (run, then, node, path, out))
    valid = FALSE;
  return valid;
}

static gboolean
check_by_type (Run * run, const Sub * sub, JsonNode * node, const Path * path,
    GPtrArray * out)
{
  switch (json_node_get_node_type (node)) {
    case JSON_NODE_OBJECT:
      return schema_check_object (run, sub, node, path, out);
    case JSON_NODE_ARRAY:
      return schema_check_array (run, sub, node, path, out);
    case JSON_NODE_VALUE:
      if (json_node_get_string (node))
        return check_string (run, sub, node, path, out);
      return !is_number (node) || check_numbers (sub, node, path, out);
    default:
      return TRUE;
  }
}

static gboolean
check_sub (Run * run, const Sub * sub, JsonNode * node, const Path * path,
    GPtrArray * out)
{
  gboolean valid = TRUE;

  if (sub->never)
    return schema_fail (out, path, "false", g_strdup (""), "must not be here");
  /* Of a value of the wrong type nothing else is worth saying. */
  if (!check_type (sub, node, path, out))
    return FALSE;
  if (sub->singles[SINGLE_REF])
    valid = check_reference (run, sub->singles[SINGLE_REF], node, path, out);
  if (sub->enumeration && !check_enum (run, sub, node, path, out))
    valid = FALSE;
  if (sub->constant && !check_const (sub, node, path, out))
    valid = FALSE;
  if (!check_by_type (run, sub, node, path, out))
    valid = FALSE;
  return check_combined (run, sub, node, path, out) && valid;
}

/* Of a value that was given up the result means nothing; the caller at the top
 * looks at `given_up`. */
gboolean
schema_check (Run * run, const Sub * sub, JsonNode * node, const Path * path,
    GPtrArray * out)
{
  gboolean valid;

  if (!schema_charge (run, 1))
    return FALSE;
  if (run->depth >= DEPTH_LIMIT) {
    run->given_up = "is nested too deep to be checked against this schema";
    return FALSE;
  }
  run->depth++;
  valid = check_sub (run, sub, node, path, out);
  run->depth--;
  return valid;
}

/**
 * gst_voice_schema_validate:
 * @schema: a schema
 * @instance: a value
 * @problems: (out) (optional) (nullable) (element-type GstVoiceSchemaProblem)
 *   (transfer full): what does not fit, at most 32 problems; %NULL if the value
 *   is valid
 *
 * Returns: whether the value is valid
 */
gboolean
gst_voice_schema_validate (GstVoiceSchema * schema, JsonNode * instance,
    GPtrArray ** problems)
{
  GPtrArray *found = schema_problems_new ();
  Run run = { NULL };
  gboolean valid =
      schema_check (&run, g_ptr_array_index (schema->subs, 0), instance,
      NULL, found);

  if (run.given_up) {
    valid = FALSE;
    g_ptr_array_set_size (found, 0);
    schema_fail (found, NULL, "limit", g_strdup (""), "%s", run.given_up);
  }
  if (valid || !problems)
    g_clear_pointer (&found, g_ptr_array_unref);
  if (problems)
    *problems = found;
  g_clear_pointer (&run.visits, g_hash_table_unref);
  g_clear_pointer (&run.names, g_ptr_array_unref);
  return valid;
}
