/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Streaming: chunks do not depend on the tokens, nothing that was written is
 * lost, every spoken word knows what it stands for, what is held back comes
 * out when it must, and nothing grows without bound.
 */
#include "chunks.h"

#include <string.h>

/* A reply with a bit of everything. */
static const gchar reply[] = "Sure, I can help you with that! \xf0\x9f\x98\x8a "
    "Dr. Smith charges **$3.50** per visit \xe2\x80\x94 e.g. on 3/5/2026 at "
    "2:30 p.m. on Monday.\n\n## Options\n\n- *Tea* for \xe2\x82\xac" "20\n"
    "- [Coffee](https://example.com/a_(b) \"x\") &amp; cake\n\n1. One\n"
    "2. Two\n\n```python\nprint (\"Hello.\")\n```\n\n| a | b |\n|---|---|\n"
    "| 1 | 2 |\n\nMail john.smith@example.com or call +1 555 010 0199, or "
    "see https://www.example.com/help. <b>Bold</b> & <!-- no --> 1\xef\xb8\x8f"
    "\xe2\x83\xa3 it's 10\xe2\x80\x93" "15 km; \"Really?\" he said. J. R. "
    "Smith\xe2\x80\x99s FBI file\xe2\x80\xa6 A very long sentence without any "
    "mark that goes on and on and on and on and on until it is cut at some "
    "good place because nobody can speak that long without a breath and then "
    "some more words to be sure of it \xff\xfe\xe2\x82 end [^1] text[2].";

/* Everything a chunk says, as one line. */
static void
describe (const SpeakableChunk * chunk, GString * out)
{
  g_string_append_printf (out, "%" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT
      " %d “%s” “%s”", chunk->offset, chunk->length, chunk->end,
      chunk->source, chunk->text);
  for (guint i = 0; i < chunk->n_words; i++)
    g_string_append_printf (out, " %" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT,
        chunk->words[i].offset, chunk->words[i].length);
  g_string_append_c (out, '\n');
}

static guint
count_words (const gchar * text)
{
  gchar **words = g_strsplit (text, " ", -1);
  guint n = *text ? g_strv_length (words) : 0;

  g_strfreev (words);
  return n;
}

/* What must hold for every chunk, whatever was written. */
static void
check_chunk (const SpeakableChunk * chunk, gsize offset)
{
  gsize before = offset;

  g_assert_cmpuint (chunk->offset, ==, offset);
  g_assert_true (g_utf8_validate (chunk->source, -1, NULL));
  g_assert_true (g_utf8_validate (chunk->text, -1, NULL));
  g_assert_cmpuint (g_utf8_strlen (chunk->source, -1), ==, chunk->length);
  g_assert_cmpuint (count_words (chunk->text), ==, chunk->n_words);
  for (guint i = 0; i < chunk->n_words; i++) {
    const SpeakableWord *word = &chunk->words[i];

    g_assert_cmpuint (word->offset, >=, before);
    g_assert_cmpuint (word->length, >, 0);
    g_assert_cmpuint (word->offset + word->length, <=,
        chunk->offset + chunk->length);
    before = word->offset;
  }
}

/* Pulls all chunks; their sources are appended to @source. */
static void
pull (Speakable * core, GString * source, GString * out)
{
  SpeakableChunk chunk;

  while (speakable_pull (core, &chunk)) {
    check_chunk (&chunk, g_utf8_strlen (source->str, -1));
    g_string_append (source, chunk.source);
    describe (&chunk, out);
    speakable_chunk_clear (&chunk);
  }
}

/* A whole reply in tokens of random length up to @longest. */
static gchar *
speak (Speakable * core, const gchar * text, gsize length, GRand * random,
    guint longest)
{
  GString *source = g_string_new (NULL), *out = g_string_new (NULL);
  gchar *valid = g_utf8_make_valid (text, length);
  gsize i = 0;

  while (i < length) {
    gsize n = g_rand_int_range (random, 1, longest + 1);

    n = MIN (n, length - i);
    speakable_push (core, text + i, n);
    i += n;
    if (g_rand_boolean (random))
      pull (core, source, out);
  }
  speakable_finish (core);
  pull (core, source, out);
  g_assert_cmpstr (source->str, ==, valid);
  g_free (valid);
  g_string_free (source, TRUE);
  return g_string_free (out, FALSE);
}

static Speakable *
core_new (const gchar * tag)
{
  Language *language = language_load (tag, NULL);
  Speakable *core;

  g_assert_nonnull (language);
  core = speakable_new (language);
  language_unref (language);
  return core;
}

static void
any_split (void)
{
  static const gchar *const tags[] = { "en", "de" };
  GRand *random = g_rand_new_with_seed (1);

  for (guint t = 0; t < G_N_ELEMENTS (tags); t++) {
    Speakable *core = core_new (tags[t]);
    gchar *whole = speak (core, reply, strlen (reply), random, 100000);

    for (guint i = 0; i < 200; i++) {
      gchar *split = speak (core, reply, strlen (reply), random,
          i == 0 ? 1 : 1 + i % 23);

      g_assert_cmpstr (split, ==, whole);
      g_free (split);
    }
    g_free (whole);
    speakable_free (core);
  }
  g_rand_free (random);
}

/* Random texts of the characters that matter, each in two random splits. */
static void
random_texts (void)
{
  static const gchar *const pieces[] = { "a", "Hello", "Dr", "etc", "e.g", ".",
    ",", "!", "?", " ", " ", " ", "\n", "5", "3.5", "10", "-", "\xe2\x80\x93",
    "$", "%", ":", "/", "(", ")", "[", "]", "](x)", "*", "**", "_", "`", "```",
    "~~", "#", "# ", "- ", "1. ", "|", "<", ">", "<b>", "&amp;", "&", "\\",
    "\"", "'", "\xe2\x80\x99", "\xf0\x9f\x98\x80", "\xe2\x82\xac", "km", "pm",
    "March", "FBI", "@", "x.com", "+1", "\xef\xb8\x8f\xe2\x83\xa3", "\xff",
    "\xe2\x82", "\xc2\xa0", "\xe2\x80\x8b", "I", "The", "\xe4\xbd\xa0",
    "\xe3\x80\x82", "\xcc\x81", "1/2", "2026", "st", "\xc2\xbd", "=", "--"
  };
  GRand *random = g_rand_new_with_seed (2);
  Speakable *core = core_new ("en");

  speakable_set_max_chars (core, 60);
  for (guint i = 0; i < 1500; i++) {
    GString *text = g_string_new (NULL);
    guint n = g_rand_int_range (random, 1, 60);
    gchar *one, *two;

    while (n-- > 0)
      g_string_append (text, pieces[g_rand_int_range (random, 0,
                  G_N_ELEMENTS (pieces))]);
    one = speak (core, text->str, text->len, random, 1);
    two = speak (core, text->str, text->len, random, 30);
    g_assert_cmpstr (one, ==, two);
    g_free (one);
    g_free (two);
    g_string_free (text, TRUE);
  }
  speakable_free (core);
  g_rand_free (random);
}

/* What each spoken word of a text stands for. */
static void
word_map (void)
{
  static const struct
  {
    const gchar *written;
    const gchar *map;
  } rows[] = {
    {"It's **$50** now.", "It's=It's fifty=$50 dollars=$50 now.=now"},
    {"I have $50 left", "I=I have=have fifty=$50 dollars=$50 left.=left"},
    {"go 5 km on", "go=go five=5 kilometres=km on.=on"},
    {"go 5km on", "go=go five=5km kilometres=5km on.=on"},
    {"at 2:30 pm", "at=at two=2:30 thirty=2:30 P=pm M.=pm"},
    {"on March 5th, 2026", "on=on March=March fifth,=5th twenty=2026 "
          "twenty-six.=2026"},
    {"on 3/5/2026", "on=on March=3/5/2026 fifth,=3/5/2026 twenty=3/5/2026 "
          "twenty-six.=3/5/2026"},
    {"the 5 March", "the=the fifth=5 of=March March.=March"},
    {"555-0100", "five=5 five=5 five,=5 zero=0 one=1 zero=0 zero.=0"},
    {"Dr. [Who](x)", "Doctor=Dr. Who.=Who"},
    {"A12", "A=A twelve.=12"},
    {"a&amp;b", "a=a and=&amp; b.=b"},
    {"PDFs", "P=P D=D F's.=Fs"},
    {"USD 40", "forty=USD 40 dollars.=USD 40"},
    {"x@y.com", "X=x at=@ Y=y dot=. com.=com"},
    {"wo**rd**", "word.=wo**rd"},
  };
  Speakable *core = core_new ("en");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GString *map = g_string_new (NULL);
    SpeakableChunk chunk;
    gchar **words;

    speakable_push (core, rows[i].written, -1);
    speakable_finish (core);
    g_assert_true (speakable_pull (core, &chunk));
    words = g_strsplit (chunk.text, " ", -1);
    for (guint w = 0; w < chunk.n_words; w++) {
      gsize start = chunk.words[w].offset - chunk.offset;
      gchar *source = g_utf8_substring (chunk.source, start,
          start + chunk.words[w].length);

      g_string_append_printf (map, "%s%s=%s", w > 0 ? " " : "", words[w],
          source);
      g_free (source);
    }
    g_assert_cmpstr (map->str, ==, rows[i].map);
    g_strfreev (words);
    g_string_free (map, TRUE);
    speakable_chunk_clear (&chunk);
    g_assert_false (speakable_pull (core, &chunk));
  }
  speakable_free (core);
}

/* Pushes @token; what can be spoken then must be @expected. */
static void
assert_push (Speakable * core, const gchar * token, const gchar * expected)
{
  gchar *spoken;

  speakable_push (core, token, -1);
  spoken = pull_all (core);
  g_assert_cmpstr (spoken, ==, expected);
  g_free (spoken);
}

/* Each sentence comes with the token that proves its end, not later. */
static void
no_later_than_proved (void)
{
  Speakable *core = core_new ("en");

  assert_push (core, "I can help you", "");
  assert_push (core, ",", "");
  assert_push (core, " but", "I can help you,");
  assert_push (core, " not now, not", "");
  assert_push (core, " today.", "");
  assert_push (core, " C", "but not now, not today.");
  assert_push (core, "ome on Monday!\n", "Come on Monday!");
  assert_push (core, "It costs $3.", "");
  assert_push (core, "50", "");
  assert_push (core, " now. ", "");
  assert_push (core, "It", "It costs three dollars and fifty cents now.");
  assert_push (core, " is Dr.", "");
  assert_push (core, " Smith's, e.g.", "");
  assert_push (core, " Monday, etc.", "");
  assert_push (core, " The", "");
  assert_push (core, " next",
      "It is Doctor Smith's, for example Monday, et cetera.");
  assert_push (core, " one\n\n", "The next one.");
  assert_push (core, "- tea\n", "tea.");
  speakable_free (core);
}

static void
flush_pending (void)
{
  Speakable *core = core_new ("en");
  SpeakableChunk chunk;

  assert_push (core, "Let me check", "");
  speakable_flush_pending (core);
  assert_push (core, "", "Let me check");
  assert_push (core, " this now, please, and", "this now, please,");
  assert_push (core, " **", "");
  speakable_flush_pending (core);
  assert_push (core, "", "and");
  assert_push (core, "** I found it.", "");
  speakable_flush_pending (core);
  speakable_flush_pending (core);
  g_assert_true (speakable_pull (core, &chunk));
  g_assert_cmpstr (chunk.text, ==, "I found it.");
  g_assert_cmpstr (chunk.source, ==, "** I found it.");
  g_assert_cmpuint (chunk.offset, ==, 37);
  speakable_chunk_clear (&chunk);
  g_assert_false (speakable_pull (core, &chunk));

  /* A character is not torn by a flush. */
  speakable_push (core, "\xe2\x82", 2);
  speakable_flush_pending (core);
  assert_push (core, "\xac" "5 it is.", "");
  speakable_finish (core);
  assert_push (core, "", "five euros it is.");
  speakable_free (core);
}

static void
finish_and_reset (void)
{
  Speakable *core = core_new ("en");
  SpeakableChunk chunk;

  speakable_finish (core);
  g_assert_false (speakable_pull (core, &chunk));
  assert_push (core, "One. Two", "One.");
  speakable_reset (core);
  g_assert_false (speakable_pull (core, &chunk));
  speakable_push (core, "Three.\n```\ncode", -1);
  speakable_finish (core);
  speakable_push (core, "Four.", -1);
  speakable_finish (core);
  g_assert_true (speakable_pull (core, &chunk));
  g_assert_cmpstr (chunk.text, ==, "Three.");
  g_assert_cmpuint (chunk.offset, ==, 0);
  speakable_chunk_clear (&chunk);
  g_assert_true (speakable_pull (core, &chunk));
  g_assert_cmpstr (chunk.text, ==, "");
  g_assert_cmpuint (chunk.n_words, ==, 0);
  g_assert_cmpstr (chunk.source, ==, "```\ncode");
  speakable_chunk_clear (&chunk);
  g_assert_true (speakable_pull (core, &chunk));
  g_assert_cmpstr (chunk.text, ==, "Four.");
  g_assert_cmpuint (chunk.offset, ==, 0);
  g_assert_cmpint (chunk.end, ==, SPEAKABLE_SENTENCE);
  speakable_chunk_clear (&chunk);
  speakable_push (core, "left in the queue. And", -1);
  speakable_free (core);
}

/* A text without an end of each kind: chunks come all the time, and none is
 * longer than it may be. */
static void
endless (void)
{
  static const gchar *const pieces[] = { "a", "1", ".", "*", "`", "```\n", "(",
    "[", "](", "<a", "<", "&", "&a", "_", "- ", "\n", "# ", "\xf0\x9f\x98\x80",
    "\xff", "a.b", "1,", "\"", ".\"", "[a](", "](a \"", "<!--", "~", "| ", "1/",
    "$", "A.", "e.g. ", "Dr. ", "x@", "\xcc\x81", "1-", "a-", "<a b=\"", "5 "
  };
  Speakable *core = core_new ("en");
  const gsize total = 30000;

  for (guint p = 0; p < G_N_ELEMENTS (pieces); p++) {
    gsize length = 0, source = 0;
    SpeakableChunk chunk;

    while (length < total) {
      speakable_push (core, pieces[p], -1);
      length += g_utf8_strlen (pieces[p], -1);
      while (speakable_pull (core, &chunk)) {
        source += chunk.length;
        g_assert_cmpuint (chunk.length, <=, 16384);
        g_assert_cmpuint (strlen (chunk.text), <=, 8192);
        speakable_chunk_clear (&chunk);
      }
      if (*pieces[p] != '\xff')
        g_assert_cmpuint (length - source, <=, 16384);
    }
    speakable_reset (core);
  }
  speakable_free (core);
}

/* One word of ten million letters: whatever is quadratic does not end. */
static void
one_long_word (void)
{
  const gsize length = 10 * 1000 * 1000;
  gchar *word = g_strnfill (length, 'a');
  Speakable *core = core_new ("en");
  SpeakableChunk chunk;
  gsize sum = 0;

  for (gsize i = 0; i < length; i += 100000) {
    speakable_push (core, word + i, 100000);
    while (speakable_pull (core, &chunk)) {
      g_assert_cmpuint (chunk.length, ==, 200);
      g_assert_cmpint (chunk.end, ==, SPEAKABLE_PART);
      sum += chunk.length;
      speakable_chunk_clear (&chunk);
    }
  }
  speakable_finish (core);
  while (speakable_pull (core, &chunk)) {
    sum += chunk.length;
    speakable_chunk_clear (&chunk);
  }
  g_assert_cmpuint (sum, ==, length);
  speakable_free (core);
  g_free (word);
}

static void
settings (void)
{
  Speakable *core = core_new ("en");

  speakable_set_clause_words (core, 1);
  assert_push (core, "Well, so ", "Well,");
  speakable_reset (core);
  speakable_set_clause_words (core, 0);
  assert_push (core, "I can help you, but not", "");
  speakable_reset (core);
  speakable_set_max_chars (core, 0);
  assert_push (core, "one two three four five six", "one two three four");
  speakable_free (core);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/speakable/any-split", any_split);
  g_test_add_func ("/speakable/random-texts", random_texts);
  g_test_add_func ("/speakable/word-map", word_map);
  g_test_add_func ("/speakable/no-later", no_later_than_proved);
  g_test_add_func ("/speakable/flush-pending", flush_pending);
  g_test_add_func ("/speakable/finish-reset", finish_and_reset);
  g_test_add_func ("/speakable/endless", endless);
  g_test_add_func ("/speakable/one-long-word", one_long_word);
  g_test_add_func ("/speakable/settings", settings);
  return g_test_run ();
}
