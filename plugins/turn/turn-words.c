/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Word lists of a language, and what can be told from the words alone: whether
 * a text is all back-channel, begins with a stop phrase, or is likely to go on.
 * Without lists only punctuation, digits and single letters count.
 *
 * Threads: any, once the lists are filled. Locks: none.
 */
#include "turn-words.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_JSON (256 * 1024)
#define MAX_PHRASES 4096
#define MAX_PHRASE_WORDS 6
#define MAX_PHRASE_BYTES 96

/* A longer text is never all back-channel. */
#define MAX_COVERED 64

struct _TurnWords
{
  gatomicrefcount refs;
  GHashTable *phrases;          /* normal form → TurnWordClass */
};

/* Where the first words of a normal form are. */
typedef struct
{
  const gchar *start[MAX_COVERED], *end[MAX_COVERED];
  guint n;
  gboolean all;                 /* there are no more words */
} Split;

typedef struct
{
  const gchar *key;
  TurnWordClass classes;
} Key;

static const Key keys[] = {
  {"back-channel", TURN_WORD_BACK_CHANNEL},
  {"stop", TURN_WORD_STOP},
  {"greeting", TURN_WORD_GREETING},
  {"farewell", TURN_WORD_FAREWELL},
  {"answer", TURN_WORD_ANSWER},
  {"polite", TURN_WORD_POLITE},
  {"hesitation", TURN_WORD_HESITATION},
  {"conjunction", TURN_WORD_OPEN},
  {"article", TURN_WORD_OPEN},
  {"preposition", TURN_WORD_PREPOSITION},
  {"weak", TURN_WORD_WEAK},
  {"digit", TURN_WORD_DIGIT},
  {"teen", TURN_WORD_TEEN},
  {"tens", TURN_WORD_TENS},
  {"double", TURN_WORD_DOUBLE},
  {"triple", TURN_WORD_TRIPLE},
  {"email-at", TURN_WORD_EMAIL_AT},
  {"email-dot", TURN_WORD_EMAIL_DOT},
};

G_DEFINE_QUARK (turn - words - error - quark, turn_words_error);

static gboolean
is_apostrophe (gunichar c)
{
  return c == '\'' || c == 0x2019 || c == 0x02bc;
}

static gboolean
is_word_char (gunichar c)
{
  return g_unichar_isalnum (c) || g_unichar_ismark (c);
}

/* Whether each character of the script is a word of its own. */
static gboolean
is_unspaced (gunichar c)
{
  switch (g_unichar_get_script (c)) {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
      return TRUE;
    default:
      return FALSE;
  }
}

static gchar *
fold (const gchar * text)
{
  gchar *valid = g_utf8_make_valid (text, -1);
  gchar *composed = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL_COMPOSE);
  gchar *folded = g_utf8_casefold (composed ? composed : valid, -1);

  g_free (composed);
  g_free (valid);
  return folded;
}

/**
 * turn_words_normalise:
 * @text: any text; what is not UTF-8 is replaced
 * @n_words: (out) (optional): how many words it has
 *
 * Returns: (transfer full): its words in one case, without punctuation, with
 *   one space between them
 */
gchar *
turn_words_normalise (const gchar * text, guint * n_words)
{
  gchar *folded = fold (text);
  GString *out = g_string_sized_new (strlen (folded));
  gboolean in_word = FALSE;
  guint n = 0;

  for (const gchar * p = folded; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (in_word && is_apostrophe (c)
        && is_word_char (g_utf8_get_char (g_utf8_next_char (p)))) {
      g_string_append_c (out, '\'');
    } else if (is_word_char (c)) {
      gboolean alone = is_unspaced (c);

      if (!in_word || alone) {
        if (out->len > 0)
          g_string_append_c (out, ' ');
        n++;
      }
      g_string_append_unichar (out, c);
      in_word = !alone;
    } else {
      in_word = FALSE;
    }
  }
  g_free (folded);
  if (n_words)
    *n_words = n;
  return g_string_free (out, FALSE);
}

static const gchar *
word_end (const gchar * word)
{
  return word + strcspn (word, " ");
}

static void
split (const gchar * normal, Split * s)
{
  s->n = 0;
  while (*normal && s->n < MAX_COVERED) {
    const gchar *end = word_end (normal);

    s->start[s->n] = normal;
    s->end[s->n++] = end;
    normal = *end ? end + 1 : end;
  }
  s->all = !*normal;
}

static TurnWordClass
look_up (const TurnWords * words, const gchar * start, const gchar * end)
{
  gchar phrase[MAX_PHRASE_BYTES + 1];
  gsize length = end - start;

  if (length > MAX_PHRASE_BYTES)
    return 0;
  memcpy (phrase, start, length);
  phrase[length] = 0;
  return GPOINTER_TO_UINT (g_hash_table_lookup (words->phrases, phrase));
}

/* How many words from word `at` on are one phrase of the classes; 0 if none. */
static guint
longest_phrase (const TurnWords * words, const Split * s, guint at,
    TurnWordClass classes)
{
  for (guint n = MIN (MAX_PHRASE_WORDS, s->n - at); n > 0; n--) {
    if (look_up (words, s->start[at], s->end[at + n - 1]) & classes)
      return n;
  }
  return 0;
}

/**
 * turn_words_cover:
 * @words: the lists
 * @normal: a text in normal form
 * @classes: some classes
 *
 * Returns: whether there are words, and all belong to phrases of the classes
 */
gboolean
turn_words_cover (const TurnWords * words, const gchar * normal,
    TurnWordClass classes)
{
  gboolean reached[MAX_COVERED + 1] = { TRUE };
  Split s;

  split (normal, &s);
  if (s.n == 0 || !s.all)
    return FALSE;
  for (guint i = 0; i < s.n; i++) {
    guint most = MIN (MAX_PHRASE_WORDS, s.n - i);

    for (guint n = 1; reached[i] && n <= most; n++) {
      if (look_up (words, s.start[i], s.end[i + n - 1]) & classes)
        reached[i + n] = TRUE;
    }
  }
  return reached[s.n];
}

/**
 * turn_words_begin:
 * @words: the lists
 * @normal: a text in normal form
 * @classes: some classes
 * @skip: phrases of these classes may stand before it
 *
 * Returns: whether the text begins with a phrase of the classes
 */
gboolean
turn_words_begin (const TurnWords * words, const gchar * normal,
    TurnWordClass classes, TurnWordClass skip)
{
  Split s;
  guint i = 0;

  split (normal, &s);
  while (i < s.n) {
    guint skipped = longest_phrase (words, &s, i, skip);
    guint found = longest_phrase (words, &s, i, classes);

    if (found > 0 && found >= skipped)
      return TRUE;
    if (skipped == 0)
      return FALSE;
    i += skipped;
  }
  return FALSE;
}

/* What the longest known phrase at the end of the text is. */
static TurnWordClass
class_of_end (const TurnWords * words, const gchar * normal)
{
  const gchar *end = normal + strlen (normal), *start = end;
  TurnWordClass found = 0;

  for (guint n = 0; n < MAX_PHRASE_WORDS && start > normal; n++) {
    TurnWordClass classes;

    do {
      start--;
    } while (start > normal && start[-1] != ' ');
    classes = look_up (words, start, end);
    if (classes)
      found = classes;
    if (start > normal)
      start--;
  }
  return found;
}

typedef enum
{
  END_NONE,
  END_STOP,                     /* the sentence is over */
  END_QUESTION,                 /* or over and meant: ? ! */
  END_COMMA,                    /* it goes on */
} End;

/* The marks of all scripts that recognisers are known to write. */
static const gchar stops[] =
    ".\u3002\uff0e\uff61\u06d4\u0964\u0965\u0589\u1362";
static const gchar questions[] =
    "?!\u061f\uff1f\uff01\u203c\u2047\u2048\u2049\u1367";
static const gchar commas[] =
    ",;:-\u2013\u2014\u2026\u3001\uff0c\u060c\u061b\u1363";
static const gchar closers[] = "\"'\u00bb\u2019\u201d)]}";

/* How the text is punctuated at its end, quotes and brackets left out. */
static End
punctuation (const gchar * text)
{
  const gchar *p = text + strlen (text);

  while ((p = g_utf8_find_prev_char (text, p))) {
    gunichar c = g_utf8_get_char (p);

    if (g_utf8_strchr (stops, -1, c))
      return p > text && p[-1] == '.' ? END_COMMA : END_STOP;
    if (g_utf8_strchr (questions, -1, c))
      return END_QUESTION;
    if (g_utf8_strchr (commas, -1, c))
      return END_COMMA;
    if (!g_utf8_strchr (closers, -1, c) && !g_unichar_isspace (c))
      return END_NONE;
  }
  return END_NONE;
}

static gboolean
is_number (const gchar * start, const gchar * end)
{
  for (; start < end; start = g_utf8_next_char (start)) {
    if (!g_unichar_isdigit (g_utf8_get_char (start)))
      return FALSE;
  }
  return TRUE;
}

/* How many digits are dictated in the text. */
static guint
count_digits (const TurnWords * words, const gchar * normal)
{
  guint n = 0, times = 1;
  gboolean tens = FALSE;

  while (*normal) {
    const gchar *end = word_end (normal);
    TurnWordClass classes = look_up (words, normal, end);

    if (is_number (normal, end))
      n += g_utf8_strlen (normal, end - normal) + times - 1;
    else if (classes & TURN_WORD_DIGIT)
      n += tens ? 0 : times;
    else if (classes & (TURN_WORD_TEEN | TURN_WORD_TENS))
      n += 2;
    tens = (classes & TURN_WORD_TENS) != 0;
    times = classes & TURN_WORD_DOUBLE ? 2 : classes & TURN_WORD_TRIPLE ? 3 : 1;
    normal = *end ? end + 1 : end;
  }
  return n;
}

static gboolean
is_letter (const gchar * start, const gchar * end)
{
  return start < end && g_utf8_next_char (start) == end
      && g_unichar_isalpha (g_utf8_get_char (start));
}

static guint
count_letters (const TurnWords * words, const gchar * normal)
{
  guint n = 0, times = 1;

  while (*normal) {
    const gchar *end = word_end (normal);
    TurnWordClass classes = look_up (words, normal, end);

    if (is_letter (normal, end) || is_number (normal, end))
      n += times;
    times = classes & TURN_WORD_DOUBLE ? 2 : classes & TURN_WORD_TRIPLE ? 3 : 1;
    normal = *end ? end + 1 : end;
  }
  return n;
}

static gboolean
is_mark (gchar c)
{
  return g_ascii_ispunct (c) && c != '@';
}

/* A piece between spaces, without the punctuation around it. */
static void
trim (const gchar ** start, const gchar ** end)
{
  while (*start < *end && is_mark (**start))
    (*start)++;
  while (*end > *start && is_mark ((*end)[-1]))
    (*end)--;
}

/* "415", "415-2671", "B": a piece of something that is dictated. */
static gboolean
is_dictated (const gchar * start, const gchar * end)
{
  trim (&start, &end);
  if (is_letter (start, end))
    return TRUE;
  if (start == end)
    return FALSE;
  for (; start < end; start++) {
    if (!g_ascii_isdigit (*start) && !strchr ("-()/+", *start))
      return FALSE;
  }
  return TRUE;
}

/* How many pieces at the end of the text are dictated; two are enough. */
static guint
count_dictated (const gchar * text)
{
  const gchar *end = text + strlen (text);
  guint n = 0;

  while (n < 2) {
    const gchar *start;

    while (end > text && g_ascii_isspace (end[-1]))
      end--;
    start = end;
    while (start > text && !g_ascii_isspace (start[-1]))
      start--;
    if (start == end || !is_dictated (start, end))
      break;
    n++;
    end = start;
  }
  return n;
}

typedef enum
{
  EMAIL_NONE,
  EMAIL_BEGUN,
  EMAIL_CLOSED,
} Email;

/* An address as it is written: the last piece of the text counts. */
static Email
written_email (const gchar * text)
{
  gchar *copy = g_strchomp (g_strdup (text));
  const gchar *start = strrchr (copy, ' ');
  const gchar *end = copy + strlen (copy), *at, *dot;
  Email email = EMAIL_NONE;

  start = start ? start + 1 : copy;
  trim (&start, &end);
  at = memchr (copy, '@', strlen (copy));
  if (at) {
    email = EMAIL_BEGUN;
    at = memchr (start, '@', end - start);
    dot = g_strrstr_len (start, end - start, ".");
    if (at && at > start && dot && dot > at + 1 && end - dot > 2)
      email = EMAIL_CLOSED;
    else if (!at)
      email = EMAIL_NONE;
  }
  g_free (copy);
  return email;
}

/* An address as it is spelled: "john dot smith at example dot com". */
static Email
spoken_email (const TurnWords * words, const gchar * normal, gboolean expected)
{
  gint i = 0, at = -1, last_dot = -1;
  gboolean any_dot = FALSE;

  while (*normal) {
    const gchar *end = word_end (normal);
    TurnWordClass classes = look_up (words, normal, end);

    if (classes & TURN_WORD_EMAIL_AT && i > 0) {
      at = i;
      last_dot = -1;
    } else if (classes & TURN_WORD_EMAIL_DOT && i > 0) {
      last_dot = i;
      any_dot = TRUE;
    }
    i++;
    normal = *end ? end + 1 : end;
  }
  if (at >= 0 && last_dot > at + 1)
    return last_dot < i - 1 ? EMAIL_CLOSED : EMAIL_BEGUN;
  if (last_dot >= 0 && last_dot == i - 1)
    return EMAIL_BEGUN;
  if (at >= 0 && any_dot)
    return EMAIL_BEGUN;
  return expected && (at >= 0 || any_dot) ? EMAIL_BEGUN : EMAIL_NONE;
}

static Email
find_email (const TurnWords * words, const gchar * text,
    const gchar * normal, gboolean expected)
{
  Email email = written_email (text);

  return email != EMAIL_NONE ? email : spoken_email (words, normal, expected);
}

static TurnText
enough (guint n, guint length)
{
  return n == 0 || length == 0 ? TURN_TEXT_UNKNOWN :
      n >= length ? TURN_TEXT_COMPLETE : TURN_TEXT_INCOMPLETE;
}

/* What the expected kind alone says of the text. */
static TurnText
judge_expected (const TurnWords * words, const gchar * normal, guint n_words,
    Email email, TurnExpect expect, guint length)
{
  switch (expect) {
    case TURN_EXPECT_YES_NO:
      return turn_words_cover (words, normal, TURN_WORD_ANSWER |
          TURN_WORD_BACK_CHANNEL | TURN_WORD_POLITE) ? TURN_TEXT_COMPLETE :
          TURN_TEXT_UNKNOWN;
    case TURN_EXPECT_DIGITS:
      return enough (count_digits (words, normal), length);
    case TURN_EXPECT_SPELLING:
      return enough (count_letters (words, normal), length);
    case TURN_EXPECT_EMAIL:
      return email == EMAIL_CLOSED ? TURN_TEXT_COMPLETE :
          email == EMAIL_BEGUN ? TURN_TEXT_INCOMPLETE : TURN_TEXT_UNKNOWN;
    case TURN_EXPECT_NAME:
      return length > 0 && n_words >= length
          && !(class_of_end (words, normal) & (TURN_WORD_OPEN |
              TURN_WORD_WEAK | TURN_WORD_HESITATION)) ? TURN_TEXT_COMPLETE :
          TURN_TEXT_UNKNOWN;
    case TURN_EXPECT_OPEN:
    default:
      return TURN_TEXT_UNKNOWN;
  }
}

static gboolean
is_open (const TurnWords * words, const gchar * text, const gchar * normal,
    End end)
{
  TurnWordClass open = TURN_WORD_OPEN;
  guint dictated = count_dictated (text);

  if (end != END_QUESTION)
    open |= TURN_WORD_PREPOSITION | TURN_WORD_HESITATION;
  if (end == END_NONE)
    open |= TURN_WORD_WEAK;
  return end == END_COMMA || class_of_end (words, normal) & open
      || dictated > (end == END_NONE ? 0 : 1);
}

/**
 * turn_words_judge:
 * @words: the lists
 * @text: what the caller has said so far
 * @expect: the kind of answer the agent asked for
 * @length: how many digits, letters or words that has; 0 if it is not known
 *
 * The fulfilled expectation makes a text complete; else an open end makes it
 * incomplete, whatever its punctuation; else final punctuation makes it
 * complete.
 *
 * Returns: whether the text is likely to go on
 */
TurnText
turn_words_judge (const TurnWords * words, const gchar * text,
    TurnExpect expect, guint length)
{
  guint n_words;
  gchar *valid = g_utf8_make_valid (text, -1);
  gchar *normal = turn_words_normalise (valid, &n_words);
  Email email = find_email (words, valid, normal, expect == TURN_EXPECT_EMAIL);
  TurnText result =
      judge_expected (words, normal, n_words, email, expect, length);
  End end = punctuation (valid);

  if (result == TURN_TEXT_UNKNOWN && n_words > 0) {
    if (email == EMAIL_BEGUN || is_open (words, valid, normal, end))
      result = TURN_TEXT_INCOMPLETE;
    else if (end != END_NONE)
      result = TURN_TEXT_COMPLETE;
  }
  g_free (normal);
  g_free (valid);
  return result;
}

/**
 * turn_words_new:
 *
 * Returns: (transfer full): empty lists
 */
TurnWords *
turn_words_new (void)
{
  TurnWords *words = g_new0 (TurnWords, 1);

  g_atomic_ref_count_init (&words->refs);
  words->phrases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  return words;
}

/**
 * turn_words_ref:
 * @words: some lists
 *
 * Returns: (transfer full): the same
 */
TurnWords *
turn_words_ref (TurnWords * words)
{
  g_atomic_ref_count_inc (&words->refs);
  return words;
}

/**
 * turn_words_unref:
 * @words: (transfer full): some lists
 */
void
turn_words_unref (TurnWords * words)
{
  if (!g_atomic_ref_count_dec (&words->refs))
    return;
  g_hash_table_unref (words->phrases);
  g_free (words);
}

/**
 * turn_words_add:
 * @words: lists that are not yet in use
 * @classes: what the phrase is
 * @phrase: one to six words
 *
 * Returns: %FALSE if the phrase is empty or too long, or the lists are full
 */
gboolean
turn_words_add (TurnWords * words, TurnWordClass classes, const gchar * phrase)
{
  guint n;
  gchar *normal = turn_words_normalise (phrase, &n);
  TurnWordClass known;

  if (n == 0 || n > MAX_PHRASE_WORDS || strlen (normal) > MAX_PHRASE_BYTES
      || g_hash_table_size (words->phrases) >= MAX_PHRASES) {
    g_free (normal);
    return FALSE;
  }
  known = GPOINTER_TO_UINT (g_hash_table_lookup (words->phrases, normal));
  g_hash_table_insert (words->phrases, normal,
      GUINT_TO_POINTER (known | classes));
  return TRUE;
}

static const Key *
find_key (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (strcmp (keys[i].key, name) == 0)
      return &keys[i];
  }
  return NULL;
}

static gboolean
add_list (TurnWords * words, const gchar * key, TurnWordClass classes,
    JsonNode * node, GError ** error)
{
  JsonArray *list;

  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    g_set_error (error, TURN_WORDS_ERROR, TURN_WORDS_ERROR_JSON,
        "\"%s\" is no array", key);
    return FALSE;
  }
  list = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonNode *phrase = json_array_get_element (list, i);

    if (json_node_get_value_type (phrase) != G_TYPE_STRING) {
      g_set_error (error, TURN_WORDS_ERROR, TURN_WORDS_ERROR_JSON,
          "item %u of \"%s\" is no string", i + 1, key);
      return FALSE;
    }
    if (!turn_words_add (words, classes, json_node_get_string (phrase))) {
      g_set_error (error, TURN_WORDS_ERROR, TURN_WORDS_ERROR_SIZE,
          "item %u of \"%s\" is empty or too long, or there are too many "
          "phrases", i + 1, key);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
add_object (TurnWords * words, JsonObject * object, GError ** error)
{
  GList *members = json_object_get_members (object);
  gboolean ok = TRUE;

  for (GList * l = members; l && ok; l = l->next) {
    const gchar *name = l->data;
    const Key *key = find_key (name);

    if (strcmp (name, "_about") == 0)
      continue;
    if (key) {
      ok = add_list (words, name, key->classes,
          json_object_get_member (object, name), error);
    } else {
      g_set_error (error, TURN_WORDS_ERROR, TURN_WORDS_ERROR_KEY,
          "there is no list \"%s\"", name);
      ok = FALSE;
    }
  }
  g_list_free (members);
  return ok;
}

/**
 * turn_words_new_from_json:
 * @json: an object with one array of phrases for each list, such as
 *   `data/language/en/turn.json`
 * @error: what is wrong with it, in domain %TURN_WORDS_ERROR
 *
 * Returns: (transfer full) (nullable): the lists
 */
TurnWords *
turn_words_new_from_json (const gchar * json, GError ** error)
{
  JsonParser *parser = json_parser_new_immutable ();
  TurnWords *words = NULL;
  GError *why = NULL;

  if (strlen (json) > MAX_JSON) {
    g_set_error (error, TURN_WORDS_ERROR, TURN_WORDS_ERROR_SIZE,
        "longer than %u bytes", MAX_JSON);
  } else if (!json_parser_load_from_data (parser, json, -1, &why)) {
    g_set_error (error, TURN_WORDS_ERROR, TURN_WORDS_ERROR_JSON, "%s",
        why->message);
    g_error_free (why);
  } else if (!json_parser_get_root (parser)
      || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser))) {
    g_set_error (error, TURN_WORDS_ERROR, TURN_WORDS_ERROR_JSON, "no object");
  } else {
    words = turn_words_new ();
    if (!add_object (words, json_node_get_object (json_parser_get_root
                (parser)), error))
      g_clear_pointer (&words, turn_words_unref);
  }
  g_object_unref (parser);
  return words;
}
