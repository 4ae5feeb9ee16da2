/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tokens of a reply go in, sentences for the ear come out: markup is removed
 * (markdown.c), the text is cut into chunks (sentence.c), and each chunk is
 * put into words (spoken-text.c).
 *
 * A chunk says what it stands for: the text as it was written, and for each
 * spoken word the characters that it speaks. The sources of all chunks, one
 * behind the other, are the reply to the letter; bytes that are no UTF-8 are
 * replaced by U+FFFD, as g_utf8_make_valid() does it.
 *
 * Held back is what may still change: a sentence until what follows proves
 * that it has ended (sentence.c), a mark of markup until it is whole
 * (markdown.c), and the first bytes of a character. All of this is bounded.
 * When the model pauses (it calls a tool), speakable_flush_pending() gives out
 * what is there; when it has ended, speakable_finish() does. Apart from these
 * two calls the chunks do not depend on how the reply was cut into tokens.
 *
 * Threads: one at a time. Locks: none.
 */
#include "speakable-core.h"
#include "markdown.h"
#include "sentence.h"
#include "spoken.h"

#include <string.h>

#define MAX_CHARS 200
#define CLAUSE_WORDS 3
/* So much source that says nothing, or next to nothing, makes a chunk of its
 * own: a long block of code must not be kept. */
#define SOURCE_MAX 8192

struct _Speakable
{
  Language *language;           /* or NULL */
  Lexicon *lexicon;             /* or NULL */

  gchar bytes[8];               /* the beginning of a character */
  guint n_bytes;
  Markdown *markdown;
  GArray *cells;                /* Cell, since the last cut */
  Sentence sentence;

  GString *source;              /* what was written since the last chunk */
  gsize offset;                 /* of that, in characters of the reply */
  gsize position;               /* characters of the reply so far */

  GQueue chunks;                /* SpeakableChunk, to be pulled */
};

/**
 * speakable_new:
 * @language: (nullable): the language of the replies; without one only markup
 * and emoji are removed
 *
 * Returns: (transfer full): a new core
 */
Speakable *
speakable_new (Language * language)
{
  Speakable *self = g_new0 (Speakable, 1);

  self->language = language ? language_ref (language) : NULL;
  self->markdown = markdown_new ();
  self->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  self->source = g_string_new (NULL);
  g_queue_init (&self->chunks);
  self->sentence.language = language;
  self->sentence.max_chars = MAX_CHARS;
  self->sentence.clause_words = CLAUSE_WORDS;
  self->sentence.early = TRUE;
  return self;
}

/**
 * speakable_chunk_clear:
 * @chunk: a chunk
 *
 * Frees what is in the chunk.
 */
void
speakable_chunk_clear (SpeakableChunk * chunk)
{
  g_clear_pointer (&chunk->text, g_free);
  g_clear_pointer (&chunk->source, g_free);
  g_clear_pointer (&chunk->words, g_free);
  chunk->n_words = 0;
}

static void
chunk_free (SpeakableChunk * chunk)
{
  speakable_chunk_clear (chunk);
  g_free (chunk);
}

/* Begins a new reply; what is to be pulled stays. */
static void
begin (Speakable * self)
{
  self->n_bytes = 0;
  markdown_reset (self->markdown);
  g_array_set_size (self->cells, 0);
  g_string_truncate (self->source, 0);
  self->offset = self->position = 0;
  sentence_restart (&self->sentence);
  self->sentence.last_number = 0;
  self->sentence.early = TRUE;
}

/**
 * speakable_reset:
 * @self: a core
 *
 * Forgets everything that was pushed and not pulled, and begins a new reply.
 */
void
speakable_reset (Speakable * self)
{
  SpeakableChunk *chunk;

  begin (self);
  while ((chunk = g_queue_pop_head (&self->chunks)))
    chunk_free (chunk);
}

/**
 * speakable_free:
 * @self: (transfer full) (nullable): a core
 */
void
speakable_free (Speakable * self)
{
  if (!self)
    return;
  speakable_reset (self);
  language_unref (self->language);
  lexicon_free (self->lexicon);
  markdown_free (self->markdown);
  g_array_unref (self->cells);
  g_string_free (self->source, TRUE);
  g_free (self);
}

/**
 * speakable_set_lexicon:
 * @self: a core
 * @words: (nullable) (element-type utf8 utf8): words as written → as spoken
 * @error: which entry is wrong
 *
 * Sets the words that are spoken in another way than the language would. They
 * come before everything else. An entry may be several words; the longest
 * that fits is taken, and only whole words. Letter case matters if the entry
 * has a capital. It holds for the sentences that are cut from now on.
 *
 * Returns: %FALSE if an entry is refused; the old lexicon is kept then
 */
gboolean
speakable_set_lexicon (Speakable * self, GHashTable * words, GError ** error)
{
  Lexicon *lexicon = words ? lexicon_new () : NULL;
  GHashTableIter iter;
  gpointer written, spoken;

  if (words) {
    g_hash_table_iter_init (&iter, words);
    while (g_hash_table_iter_next (&iter, &written, &spoken)) {
      if (!lexicon_add (lexicon, written, spoken, error)) {
        lexicon_free (lexicon);
        return FALSE;
      }
    }
  }
  lexicon_free (self->lexicon);
  self->lexicon = lexicon;
  self->sentence.lexicon = lexicon;
  return TRUE;
}

/**
 * speakable_set_max_chars:
 * @self: a core
 * @max_chars: how long a chunk may be, in characters without markup (200)
 *
 * A longer sentence is cut at the best place in it.
 */
void
speakable_set_max_chars (Speakable * self, guint max_chars)
{
  self->sentence.max_chars = CLAMP (max_chars, 20, 2000);
}

/**
 * speakable_set_clause_words:
 * @self: a core
 * @words: the words that the first clause must have (3); 0: only sentences
 *
 * The first clause of a speech is given out early, so that its synthesis can
 * begin.
 */
void
speakable_set_clause_words (Speakable * self, guint words)
{
  self->sentence.clause_words = words;
}

/* Makes a chunk of all source up to the character @end. */
static void
emit (Speakable * self, SpeakableChunk * chunk, gsize end)
{
  gchar *rest = g_utf8_offset_to_pointer (self->source->str,
      end - self->offset);

  chunk->offset = self->offset;
  chunk->length = end - self->offset;
  chunk->source = g_strndup (self->source->str, rest - self->source->str);
  g_string_erase (self->source, 0, rest - self->source->str);
  self->offset = end;
  g_queue_push_tail (&self->chunks, chunk);
}

/* Cuts the first @n cells off, which end at the character @end. Cells without
 * a word are dropped, and their source goes to the next chunk, unless
 * @always. */
static void
cut (Speakable * self, guint n, gsize end, SpeakableEnd kind, gboolean always)
{
  GString *text = g_string_new (NULL);
  GArray *words = g_array_new (FALSE, FALSE, sizeof (SpeakableWord));
  SpeakableChunk *chunk;

  spoken_text (self->language, self->lexicon, (Cell *) self->cells->data, n,
      kind == SPEAKABLE_SENTENCE, text, words);
  g_array_remove_range (self->cells, 0, n);
  sentence_restart (&self->sentence);
  if (words->len == 0 && (!always || end == self->offset)) {
    g_string_free (text, TRUE);
    g_array_unref (words);
    return;
  }
  if (words->len > 0)
    self->sentence.early = FALSE;
  chunk = g_new0 (SpeakableChunk, 1);
  chunk->n_words = words->len;
  chunk->text = g_string_free (text, FALSE);
  chunk->words = (SpeakableWord *) g_array_free (words, FALSE);
  chunk->end = kind;
  emit (self, chunk, end);
}

static void
cut_sentences (Speakable * self, gboolean ended)
{
  SentenceCut found;
  guint n;

  while ((found = sentence_scan (&self->sentence, (Cell *) self->cells->data,
              self->cells->len, ended, &n)) != SENTENCE_NO_CUT) {
    gsize end = g_array_index (self->cells, Cell, n - 1).end;

    cut (self, n, end, found == SENTENCE_END ? SPEAKABLE_SENTENCE :
        found == SENTENCE_CLAUSE ? SPEAKABLE_CLAUSE : SPEAKABLE_PART, FALSE);
  }
}

static void
push_char (Speakable * self, gunichar c)
{
  g_string_append_unichar (self->source, c);
  self->position++;
  markdown_push (self->markdown, c, self->cells);
  cut_sentences (self, FALSE);
  if (self->position - self->offset > SOURCE_MAX)
    cut (self, self->cells->len, markdown_position (self->markdown),
        SPEAKABLE_PART, TRUE);
}

/* The first byte is no part of a character. */
static void
replace_byte (Speakable * self)
{
  memmove (self->bytes, self->bytes + 1, --self->n_bytes);
  push_char (self, 0xfffd);
}

static void
push_byte (Speakable * self, gchar byte)
{
  if (byte == 0) {              /* GLib takes it for the end of the text */
    while (self->n_bytes > 0)
      replace_byte (self);
    push_char (self, 0xfffd);
    return;
  }
  self->bytes[self->n_bytes++] = byte;
  while (self->n_bytes > 0) {
    gunichar c = g_utf8_get_char_validated (self->bytes, self->n_bytes);

    if (c == (gunichar) - 2)
      return;
    if (c == (gunichar) - 1) {
      replace_byte (self);
    } else {
      self->n_bytes = 0;
      push_char (self, c);
    }
  }
}

/**
 * speakable_push:
 * @self: a core
 * @token: the next bytes of the reply; may begin and end inside a character
 * @length: how many, or -1 if they end with a nul byte
 *
 * What can be spoken now can be pulled afterwards.
 */
void
speakable_push (Speakable * self, const gchar * token, gssize length)
{
  gsize n = length < 0 ? strlen (token) : (gsize) length;

  for (gsize i = 0; i < n; i++) {
    if (self->n_bytes == 0 && (guchar) token[i] < 0x80 && token[i] != 0)
      push_char (self, (guchar) token[i]);
    else
      push_byte (self, token[i]);
  }
}

/**
 * speakable_pull:
 * @self: a core
 * @chunk: (out caller-allocates): the next chunk; to be cleared with
 * speakable_chunk_clear()
 *
 * The text of a chunk is empty if a good deal of source says nothing, such as
 * a block of code, or if there is only such at the end of a reply.
 *
 * Returns: %FALSE if there is none
 */
gboolean
speakable_pull (Speakable * self, SpeakableChunk * chunk)
{
  SpeakableChunk *next = g_queue_pop_head (&self->chunks);

  if (!next)
    return FALSE;
  *chunk = *next;
  g_free (next);
  return TRUE;
}

/**
 * speakable_flush_pending:
 * @self: a core
 *
 * To be called when the reply pauses: what is held back is given out as it
 * is, but for an incomplete character and source that says nothing. The next
 * chunk may be a first clause again, since nothing is left to be spoken.
 */
void
speakable_flush_pending (Speakable * self)
{
  markdown_flush (self->markdown, self->cells);
  cut_sentences (self, TRUE);
  cut (self, self->cells->len, markdown_position (self->markdown),
      SPEAKABLE_PART, FALSE);
  self->sentence.early = TRUE;
}

/**
 * speakable_finish:
 * @self: a core
 *
 * To be called when the reply has ended: everything is given out. What is
 * pushed next is a new reply.
 */
void
speakable_finish (Speakable * self)
{
  while (self->n_bytes > 0)
    replace_byte (self);
  markdown_flush (self->markdown, self->cells);
  cut_sentences (self, TRUE);
  cut (self, self->cells->len, self->position, SPEAKABLE_SENTENCE, TRUE);
  begin (self);
}
