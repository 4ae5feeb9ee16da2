/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the data file of a language (language.h says what is in it). A file
 * that is wrong is refused as a whole, with the name of the member.
 *
 * Threads: a language is not changed once it is loaded and may be shared; its
 * references are counted atomically. Locks: none.
 */
#include "language.h"

#include <gst-voice/data.h>
#include <json-glib/json-glib.h>
#include <string.h>

static void
noun_free (LanguageNoun * noun)
{
  if (!noun)
    return;
  for (guint i = 0; i < LANGUAGE_FORMS; i++)
    g_free (noun->forms[i]);
  g_free (noun->rule);
  g_free (noun);
}

static void
currency_free (LanguageCurrency * currency)
{
  noun_free (currency->major);
  noun_free (currency->minor);
  g_free (currency);
}

static void
abbreviation_free (LanguageAbbreviation * abbreviation)
{
  for (guint i = 0; i < LANGUAGE_KINDS; i++)
    g_free (abbreviation->said[i]);
  g_free (abbreviation);
}

static GHashTable *
table_new (GDestroyNotify free_value)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_value);
}

static gboolean
wrong (GError ** error, const gchar * member, const gchar * what)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", member, what);
  return FALSE;
}

/* The text of a node, or NULL. */
static const gchar *
node_text (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_VALUE (node) &&
      json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static JsonNode *
member_of (JsonObject * object, const gchar * name, JsonNodeType type,
    GError ** error)
{
  JsonNode *node = json_object_get_member (object, name);

  if (!node)
    return NULL;
  if (json_node_get_node_type (node) != type) {
    wrong (error, name, "is of the wrong type");
    return NULL;
  }
  return node;
}

/* A list of words, as a set. */
static gboolean
read_set (JsonObject * root, const gchar * name, GHashTable * set,
    GError ** error)
{
  GError *fault = NULL;
  JsonNode *node = member_of (root, name, JSON_NODE_ARRAY, &fault);
  JsonArray *array = node ? json_node_get_array (node) : NULL;

  if (fault) {
    g_propagate_error (error, fault);
    return FALSE;
  }
  for (guint i = 0; array && i < json_array_get_length (array); i++) {
    const gchar *text = node_text (json_array_get_element (array, i));

    if (!text)
      return wrong (error, name, "has an element that is no text");
    g_hash_table_add (set, g_strdup (text));
  }
  return TRUE;
}

typedef gboolean (*ReadMember) (gpointer to, const gchar * key,
    JsonNode * value, GError ** error);

/* Calls @read for each member of the object @name. */
static gboolean
read_object (JsonObject * root, const gchar * name, ReadMember read,
    gpointer to, GError ** error)
{
  GError *fault = NULL;
  JsonNode *node = member_of (root, name, JSON_NODE_OBJECT, &fault);
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;

  if (fault) {
    g_propagate_error (error, fault);
    return FALSE;
  }
  if (!node)
    return TRUE;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &key, &value)) {
    if (!read (to, key, value, &fault)) {
      g_propagate_prefixed_error (error, fault, "%s: ", name);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
read_word (gpointer to, const gchar * key, JsonNode * value, GError ** error)
{
  const gchar *text = node_text (value);

  if (!text)
    return wrong (error, key, "is no text");
  g_hash_table_insert (to, g_strdup (key), g_strdup (text));
  return TRUE;
}

static LanguageNoun *
noun_new (JsonNode * node)
{
  LanguageNoun *noun = g_new0 (LanguageNoun, 1);
  JsonArray *array;
  guint n = 0;

  if (node_text (node)) {
    noun->forms[0] = g_strdup (node_text (node));
    return noun;
  }
  array = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) :
      NULL;
  for (guint i = 0; array && i < json_array_get_length (array); i++) {
    const gchar *text = node_text (json_array_get_element (array, i));

    if (text && text[0] == '%' && text[1] && !noun->rule)
      noun->rule = g_strdup (text + 1);
    else if (text && n < LANGUAGE_FORMS)
      noun->forms[n++] = g_strdup (text);
    else
      n = LANGUAGE_FORMS + 1;
  }
  if (n == 0 || n > LANGUAGE_FORMS)
    g_clear_pointer (&noun, noun_free);
  return noun;
}

static gboolean
read_noun (gpointer to, const gchar * key, JsonNode * value, GError ** error)
{
  LanguageNoun *noun = noun_new (value);

  if (!noun)
    return wrong (error, key, "is no noun");
  g_hash_table_insert (to, g_strdup (key), noun);
  return TRUE;
}

static gboolean
read_currency (gpointer to, const gchar * key, JsonNode * value,
    GError ** error)
{
  Language *language = to;
  LanguageCurrency *currency;
  JsonArray *signs;
  JsonObject *object;

  if (!JSON_NODE_HOLDS_OBJECT (value))
    return wrong (error, key, "is no object");
  object = json_node_get_object (value);
  currency = g_new0 (LanguageCurrency, 1);
  g_hash_table_insert (language->currencies, g_strdup (key), currency);
  currency->major = noun_new (json_object_get_member (object, "major"));
  if (!currency->major)
    return wrong (error, key, "has no major");
  if (json_object_has_member (object, "minor") &&
      !(currency->minor = noun_new (json_object_get_member (object, "minor"))))
    return wrong (error, key, "minor is no noun");
  g_hash_table_insert (language->signs, g_strdup (key), currency);
  if (!json_object_has_member (object, "signs"))
    return TRUE;
  value = member_of (object, "signs", JSON_NODE_ARRAY, error);
  signs = value ? json_node_get_array (value) : NULL;
  for (guint i = 0; signs && i < json_array_get_length (signs); i++) {
    const gchar *sign = node_text (json_array_get_element (signs, i));

    if (!sign)
      return wrong (error, key, "has a sign that is no text");
    g_hash_table_insert (language->signs, g_strdup (sign), currency);
  }
  return signs != NULL;
}

static LanguageAbbreviation *
abbreviation_of (Language * language, const gchar * key)
{
  LanguageAbbreviation *abbreviation =
      g_hash_table_lookup (language->abbreviations, key);

  if (!abbreviation) {
    abbreviation = g_new0 (LanguageAbbreviation, 1);
    g_hash_table_insert (language->abbreviations, g_strdup (key), abbreviation);
  }
  return abbreviation;
}

static gboolean
read_abbreviations (gpointer to, const gchar * key, JsonNode * value,
    GError ** error)
{
  static const gchar *const kinds[] = { "title", "name", "number", "word",
    "never"
  };
  JsonObjectIter iter;
  const gchar *written;
  guint kind = 0;

  while (kind < LANGUAGE_KINDS && strcmp (kinds[kind], key) != 0)
    kind++;
  if (kind == LANGUAGE_KINDS || !JSON_NODE_HOLDS_OBJECT (value))
    return wrong (error, key, "is no kind of abbreviations");
  json_object_iter_init (&iter, json_node_get_object (value));
  while (json_object_iter_next (&iter, &written, &value)) {
    LanguageAbbreviation *abbreviation = abbreviation_of (to, written);

    if (!node_text (value))
      return wrong (error, written, "is no text");
    g_free (abbreviation->said[kind]);
    abbreviation->said[kind] = g_strdup (node_text (value));
  }
  return TRUE;
}

static gboolean
read_rules (gpointer to, const gchar * key, JsonNode * value, GError ** error)
{
  Language *language = to;
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (value))
    return wrong (error, key, "is no list");
  array = json_node_get_array (value);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    const gchar *rule = node_text (json_array_get_element (array, i));

    if (!rule)
      return wrong (error, key, "has a rule that is no text");
    if (!number_rules_add (language->rules, key, rule, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_lexicon (gpointer to, const gchar * key, JsonNode * value, GError ** error)
{
  const gchar *text = node_text (value);

  if (!text)
    return wrong (error, key, "is no text");
  return lexicon_add (to, key, text, error);
}

static gboolean
read_format (gpointer to, const gchar * key, JsonNode * value, GError ** error)
{
  Language *language = to;
  const gchar *text = node_text (value);

  if (strcmp (key, "ordinal-dot") == 0 && JSON_NODE_HOLDS_VALUE (value))
    language->ordinal_dot = json_node_get_boolean (value);
  else if (strcmp (key, "digits-from") == 0 && JSON_NODE_HOLDS_VALUE (value))
    language->digits_from = CLAMP (json_node_get_int (value), 3, 18);
  else if (strcmp (key, "decimal") == 0 && text && *text)
    language->decimal = g_utf8_get_char (text);
  else if (strcmp (key, "group") == 0 && text && *text)
    language->group = g_utf8_get_char (text);
  else if (strcmp (key, "date") == 0 && text && (g_str_equal (text, "mdy") ||
          g_str_equal (text, "dmy") || g_str_equal (text, "ymd")))
    g_strlcpy (language->date, text, sizeof (language->date));
  else
    return wrong (error, key, "is unknown or has no such value");
  return TRUE;
}

/* Lists of the ways to write the months or days; the first is spoken. */
static gboolean
read_calendar (JsonObject * root, const gchar * name, gchar ** names, guint n,
    GHashTable * table, GError ** error)
{
  JsonNode *node = json_object_get_member (root, name);
  JsonArray *array;

  if (!node)
    return TRUE;
  array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (!array || json_array_get_length (array) != n)
    return wrong (error, name, "has not as many lists as there are");
  for (guint i = 0; i < n; i++) {
    JsonNode *element = json_array_get_element (array, i);
    JsonArray *ways = JSON_NODE_HOLDS_ARRAY (element) ?
        json_node_get_array (element) : NULL;

    for (guint k = 0; ways && k < json_array_get_length (ways); k++) {
      const gchar *way = node_text (json_array_get_element (ways, k));
      gboolean unsure = way && g_str_has_suffix (way, "?");

      if (!way || !*way)
        return wrong (error, name, "has a name that is no text");
      if (k == 0)
        names[i] = g_strndup (way, strlen (way) - unsure);
      g_hash_table_insert (table, g_strndup (way, strlen (way) - unsure),
          GINT_TO_POINTER (unsure ? -(gint) (i + 1) : (gint) (i + 1)));
    }
    if (!names[i])
      return wrong (error, name, "has an empty list");
  }
  return TRUE;
}

/* A list of texts, or of lists of @width texts, one behind the other. */
static gboolean
read_strings (JsonObject * root, const gchar * name, GPtrArray * list,
    guint width, GError ** error)
{
  GError *fault = NULL;
  JsonNode *node = member_of (root, name, JSON_NODE_ARRAY, &fault);
  JsonArray *array = node ? json_node_get_array (node) : NULL;

  if (fault) {
    g_propagate_error (error, fault);
    return FALSE;
  }
  for (guint i = 0; array && i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    JsonArray *inner = width > 1 && JSON_NODE_HOLDS_ARRAY (element) ?
        json_node_get_array (element) : NULL;

    if (width == 1 && node_text (element))
      g_ptr_array_add (list, g_strdup (node_text (element)));
    else if (inner && json_array_get_length (inner) == width &&
        node_text (json_array_get_element (inner, 0)) &&
        node_text (json_array_get_element (inner, 1)))
      for (guint k = 0; k < width; k++)
        g_ptr_array_add (list,
            g_strdup (node_text (json_array_get_element (inner, k))));
    else
      return wrong (error, name, "is not as it must be");
  }
  return TRUE;
}

/* Members of @from replace those of @to; objects are merged. */
static void
merge (JsonObject * to, JsonObject * from)
{
  JsonObjectIter iter;
  const gchar *key;
  JsonNode *value;

  json_object_iter_init (&iter, from);
  while (json_object_iter_next (&iter, &key, &value)) {
    JsonNode *old = json_object_get_member (to, key);

    if (strcmp (key, "regions") == 0)
      continue;
    if (old && JSON_NODE_HOLDS_OBJECT (old) && JSON_NODE_HOLDS_OBJECT (value))
      merge (json_node_get_object (old), json_node_get_object (value));
    else
      json_object_set_member (to, key, json_node_copy (value));
  }
}

static void
merge_region (JsonObject * root, const gchar * region)
{
  JsonNode *regions = json_object_get_member (root, "regions");
  JsonNode *node;

  if (!region || !regions || !JSON_NODE_HOLDS_OBJECT (regions))
    return;
  node = json_object_get_member (json_node_get_object (regions), region);
  if (node && JSON_NODE_HOLDS_OBJECT (node))
    merge (root, json_node_get_object (node));
}

static gboolean
read_sets (Language * language, JsonObject * root, GError ** error)
{
  const struct
  {
    const gchar *name;
    GHashTable **set;
  } sets[] = {
    {"ordinal-suffixes", &language->ordinal_suffixes},
    {"decade-after", &language->decade_after},
    {"spelled", &language->spelled}, {"read", &language->read},
    {"after-skip", &language->after_skip},
    {"year-after", &language->year_after},
    {"date-after", &language->date_after},
    {"version-after", &language->version_after},
    {"no-code", &language->no_code}, {"starters", &language->starters},
    {"cut-before", &language->cut_before},
  };

  for (guint i = 0; i < G_N_ELEMENTS (sets); i++) {
    *sets[i].set = table_new (NULL);
    if (!read_set (root, sets[i].name, *sets[i].set, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_tables (Language * language, JsonObject * root, GError ** error)
{
  const struct
  {
    const gchar *name;
    GHashTable **table;
    ReadMember read;
  } tables[] = {
    {"say", &language->say, read_word},
    {"halves", &language->halves, read_word},
    {"ordinal-after", &language->ordinal_after, read_word},
    {"per", &language->per, read_word},
    {"symbols", &language->symbols, read_word},
    {"number-symbols", &language->number_symbols, read_word},
    {"after", &language->after, read_word},
    {"fractions", &language->fractions, read_noun},
    {"magnitudes", &language->magnitudes, read_noun},
    {"money-magnitudes", &language->money_magnitudes, read_noun},
    {"units", &language->units, read_noun},
    {"close-units", &language->close_units, read_noun},
    {"durations", &language->durations, read_noun},
  };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    *tables[i].table = table_new (tables[i].read == read_noun ?
        (GDestroyNotify) noun_free : g_free);
    if (!read_object (root, tables[i].name, tables[i].read,
            *tables[i].table, error))
      return FALSE;
  }
  return TRUE;
}

/* Most characters of a text begin no key at all. */
static void
index_keys (Language * language)
{
  GHashTable *tables[] = {
    language->signs, language->magnitudes, language->money_magnitudes,
    language->units, language->close_units, language->per, language->symbols,
    language->number_symbols,
  };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init (&iter, tables[i]);
    while (g_hash_table_iter_next (&iter, &key, NULL)) {
      language->first_bytes[*(const guchar *) key] = TRUE;
      language->longest = MAX (language->longest, strlen (key));
    }
  }
}

static gboolean
has_cardinal (const Language * language, GError ** error)
{
  return number_rules_has (language->rules, "cardinal") ||
      wrong (error, "rules", "has no set “cardinal”");
}

static gboolean
read_language (Language * language, JsonObject * root, GError ** error)
{
  GHashTable *bare;
  GHashTableIter iter;
  gpointer key;
  gboolean done;

  if (!read_sets (language, root, error) ||
      !read_tables (language, root, error) ||
      !read_object (root, "format", read_format, language, error) ||
      !read_object (root, "rules", read_rules, language, error) ||
      !has_cardinal (language, error) ||
      !number_rules_check (language->rules, error) ||
      !read_strings (root, "plural", language->plural, 1, error) ||
      !read_strings (root, "decade-endings", language->decade_endings, 2,
          error) ||
      !read_calendar (root, "months", language->month_names, 12,
          language->months, error) ||
      !read_calendar (root, "days", language->day_names, 7, language->days,
          error) ||
      !read_object (root, "currencies", read_currency, language, error) ||
      !read_object (root, "abbreviations", read_abbreviations, language,
          error) ||
      !read_object (root, "words", read_lexicon, language->words, error))
    return FALSE;
  language->vowels = g_strdup (json_object_has_member (root, "vowels") ?
      node_text (json_object_get_member (root, "vowels")) : "AEIOUY");
  if (!language->vowels)
    return wrong (error, "vowels", "is no text");
  index_keys (language);
  bare = table_new (NULL);
  done = read_set (root, "bare", bare, error);
  g_hash_table_iter_init (&iter, bare);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    abbreviation_of (language, key)->bare = TRUE;
  g_hash_table_unref (bare);
  return done;
}

static Language *
language_new (void)
{
  Language *language = g_new0 (Language, 1);

  language->ref_count = 1;
  language->decimal = '.';
  language->group = ',';
  g_strlcpy (language->date, "mdy", sizeof (language->date));
  language->digits_from = 7;
  language->rules = number_rules_new ();
  language->plural = g_ptr_array_new_with_free_func (g_free);
  language->decade_endings = g_ptr_array_new_with_free_func (g_free);
  language->months = table_new (NULL);
  language->days = table_new (NULL);
  language->currencies = table_new ((GDestroyNotify) currency_free);
  language->signs = table_new (NULL);
  language->abbreviations = table_new ((GDestroyNotify) abbreviation_free);
  language->words = lexicon_new ();
  return language;
}

/**
 * language_new_from_data:
 * @json: the text of a data file
 * @length: its length, or -1
 * @region: (nullable): such as `GB`
 * @error: what is wrong with it
 *
 * Returns: (transfer full): the language, or %NULL
 */
Language *
language_new_from_data (const gchar * json, gssize length,
    const gchar * region, GError ** error)
{
  JsonParser *parser = json_parser_new ();
  Language *language = NULL;
  JsonObject *root;
  JsonNode *copy;

  if (!json_parser_load_from_data (parser, json, length, error)) {
    g_object_unref (parser);
    return NULL;
  }
  copy = json_parser_get_root (parser);
  if (!copy || !JSON_NODE_HOLDS_OBJECT (copy)) {
    wrong (error, "file", "is no object");
    g_object_unref (parser);
    return NULL;
  }
  root = json_node_get_object (copy);
  merge_region (root, region);
  language = language_new ();
  if (!read_language (language, root, error))
    g_clear_pointer (&language, language_unref);
  g_object_unref (parser);
  return language;
}

/**
 * language_load:
 * @tag: a language and perhaps a region, such as `en` or `en-GB`
 * @error: why not
 *
 * Returns: (transfer full): the language, or %NULL with %G_FILE_ERROR_NOENT
 * if there is no data for it
 */
Language *
language_load (const gchar * tag, GError ** error)
{
  gchar name[9] = "", region[9] = "";
  gchar *relative, *path, *text;
  Language *language = NULL;
  gsize length;

  for (guint i = 0; i < 8 && g_ascii_isalpha (tag[i]); i++)
    name[i] = g_ascii_tolower (tag[i]);
  tag += strlen (name);
  if (*tag == '-' || *tag == '_')
    for (guint i = 0; i < 8 && g_ascii_isalnum (tag[i + 1]); i++)
      region[i] = g_ascii_toupper (tag[i + 1]);
  relative = g_strdup_printf ("language/%s/speakable.json", name);
  path = gst_voice_data_path (relative);
  if (g_file_get_contents (path, &text, &length, error)) {
    language = language_new_from_data (text, length, *region ? region : NULL,
        error);
    if (!language)
      g_prefix_error (error, "%s: ", path);
    g_free (text);
  }
  g_free (path);
  g_free (relative);
  return language;
}

/**
 * language_ref:
 * @language: a language
 *
 * Returns: (transfer full): @language
 */
Language *
language_ref (Language * language)
{
  g_atomic_int_inc (&language->ref_count);
  return language;
}

/* Some are missing if the file was refused half-way. */
static void
unref_tables (Language * language)
{
  GHashTable *tables[] = {
    language->say, language->months, language->days, language->halves,
    language->ordinal_suffixes, language->ordinal_after,
    language->decade_after, language->fractions, language->signs,
    language->currencies, language->magnitudes, language->money_magnitudes,
    language->units, language->close_units, language->durations,
    language->per, language->abbreviations, language->symbols,
    language->number_symbols, language->spelled, language->read,
    language->after, language->after_skip, language->year_after,
    language->date_after, language->version_after, language->no_code,
    language->starters, language->cut_before,
  };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    g_clear_pointer (&tables[i], g_hash_table_unref);
}

/**
 * language_unref:
 * @language: (transfer full) (nullable): a language
 */
void
language_unref (Language * language)
{
  if (!language || !g_atomic_int_dec_and_test (&language->ref_count))
    return;
  number_rules_free (language->rules);
  g_ptr_array_unref (language->plural);
  g_ptr_array_unref (language->decade_endings);
  for (guint i = 0; i < 12; i++)
    g_free (language->month_names[i]);
  for (guint i = 0; i < 7; i++)
    g_free (language->day_names[i]);
  lexicon_free (language->words);
  g_free (language->vowels);
  unref_tables (language);
  g_free (language);
}

/**
 * language_say:
 * @language: a language
 * @name: of a phrase
 *
 * Returns: (transfer none): the phrase, empty if the language has none
 */
const gchar *
language_say (const Language * language, const gchar * name)
{
  const gchar *text = g_hash_table_lookup (language->say, name);

  return text ? text : "";
}

/* One part of a condition: [%M] then = or != then N or N..M. */
static gboolean
part_holds (const gchar ** p, guint64 value)
{
  gboolean negated;
  guint64 low, high;
  gchar *end = (gchar *) * p;

  while (*end == ' ' || *end == '&')
    end++;
  if (*end == '%') {
    guint64 modulus = g_ascii_strtoull (end + 1, &end, 10);

    value = modulus > 0 ? value % modulus : value;
  }
  while (*end == ' ')
    end++;
  negated = *end == '!';
  low = high = g_ascii_strtoull (end + strspn (end, "!="), &end, 10);
  if (g_str_has_prefix (end, ".."))
    high = g_ascii_strtoull (end + 2, &end, 10);
  end = strchr (end, '&');
  *p = end;
  return (value >= low && value <= high) != negated;
}

static gboolean
condition_holds (const gchar * condition, guint64 value)
{
  const gchar *p = condition;

  while (p && *p) {
    if (!part_holds (&p, value))
      return FALSE;
  }
  return TRUE;
}

/**
 * language_form:
 * @language: a language
 * @noun: a noun
 * @value: how many
 * @whole: %FALSE if there is a fraction beside it: always the last form
 *
 * Returns: (transfer none): the form of the noun behind that number
 */
const gchar *
language_form (const Language * language, const LanguageNoun * noun,
    guint64 value, gboolean whole)
{
  guint form = 0;

  if (language->plural->len == 0)
    form = value == 1 ? 0 : 1;
  else
    while (form + 1 < language->plural->len && !(condition_holds
            (g_ptr_array_index (language->plural, form), value)))
      form++;
  if (!whole)
    form = LANGUAGE_FORMS - 1;
  form = MIN (form, LANGUAGE_FORMS - 1);
  while (form > 0 && !noun->forms[form])
    form--;
  return noun->forms[form];
}
