/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Patterns over words. A pattern becomes a list of instructions that only go
 * forward; a table of what the words are worth from each instruction and word
 * on is filled from its end, so that the work is the product of
 * both lengths, whatever the pattern.
 *
 * Threads: any. Locks: none; a pattern does not change.
 */
#include "script-match.h"

#include <string.h>

#define MAX_LENGTH 1000
#define MAX_CODE 256
#define MAX_DEPTH 8
#define NO_MATCH (-1)
/* A word that the pattern names is worth more than all that slots may take. */
#define NAMED 1024

typedef enum
{
  OP_END,                       /* the last word has been matched */
  OP_WORD,
  OP_LIST,
  OP_KIND,
  OP_ANY,                       /* no word or more */
  OP_SOME,                      /* one word or more, kept in the slot */
  OP_SPLIT,                     /* goes on at the next and at `other` */
  OP_JUMP,                      /* goes on at `other` */
} Op;

typedef struct
{
  Op op;
  gchar *word;
  gchar *slot;                  /* where to keep what was matched, or NULL */
  const ScriptList *list;
  const ScriptKind *kind;
  guint length;
  guint other;
} Instruction;

struct _ScriptPattern
{
  GArray *code;                 /* of Instruction */
  GPtrArray *slots;             /* names, ended by NULL */
  const gchar *needs;           /* a word that must be there, or NULL */
};

typedef struct
{
  const gchar *p;
  guint depth;
  const gchar *needs;           /* the first word outside of brackets */
  ScriptFindList find;
  gpointer data;
  GArray *code;
} Parser;

static void
instruction_clear (gpointer data)
{
  Instruction *in = data;

  g_free (in->word);
  g_free (in->slot);
}

static gboolean
fail (GError ** error, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static gboolean fail (GError ** error, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  if (error)
    *error = g_error_new_valist (SCRIPT_ERROR, 0, format, args);
  va_end (args);
  return FALSE;
}

static gboolean
emit (Parser * parser, Instruction in, GError ** error)
{
  if (parser->code->len < MAX_CODE) {
    g_array_append_val (parser->code, in);
    return TRUE;
  }
  instruction_clear (&in);
  return fail (error, "the pattern is too long: split it into several");
}

static gboolean
emit_op (Parser * parser, Op op, GError ** error)
{
  Instruction in = {.op = op };

  return emit (parser, in, error);
}

static gboolean
emit_words (Parser * parser, const gchar * text, gsize length, GError ** error)
{
  gchar *piece = g_strndup (text, length);
  ScriptWords *words = script_words_new (piece);
  gboolean ok = words->n > 0;

  if (!ok)
    fail (error, "'%s' is no word that somebody can say", piece);
  for (guint i = 0; ok && i < words->n; i++) {
    Instruction in = {.op = OP_WORD,.word = g_strdup (words->word[i].word) };

    ok = emit (parser, in, error);
    if (ok && parser->depth == 0 && !parser->needs)
      parser->needs = in.word;
  }
  script_words_free (words);
  g_free (piece);
  return ok;
}

static void
skip_space (Parser * parser)
{
  while (g_ascii_isspace (*parser->p))
    parser->p++;
}

/* The text up to @closing, which is eaten. */
static gchar *
take_name (Parser * parser, gchar closing, GError ** error)
{
  const gchar *end = strchr (parser->p, closing);
  gchar *name;

  if (!end) {
    fail (error, "'%c' is missing after '%s'", closing, parser->p);
    return NULL;
  }
  name = g_strstrip (g_strndup (parser->p, end - parser->p));
  parser->p = end + 1;
  return name;
}

static gboolean
is_name (const gchar * name)
{
  return *name && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_-") ==
      strlen (name);
}

static gboolean
parse_list (Parser * parser, GError ** error)
{
  gchar *name = take_name (parser, '>', error);
  Instruction in = {.op = OP_LIST };

  if (!name)
    return FALSE;
  in.list = parser->find (name, parser->data);
  if (!in.list) {
    fail (error, "there is no list '%s'", name);
    g_free (name);
    return FALSE;
  }
  g_free (name);
  return emit (parser, in, error);
}

static gboolean
resolve_kind (Parser * parser, Instruction * in, gchar ** parts,
    GError ** error)
{
  guint64 length = 0;

  if (!parts[1])
    return TRUE;
  in->op = OP_KIND;
  in->kind = script_kind_find (parts[1]);
  if (!in->kind) {
    in->op = OP_LIST;
    in->list = parser->find (parts[1], parser->data);
  }
  if (!in->kind && !in->list)
    return fail (error, "'%s' is neither a kind of value nor a list; kinds "
        "are digits, number, letters, email, yes-no and word", parts[1]);
  if (!parts[2])
    return TRUE;
  if (!in->kind || !g_ascii_string_to_unsigned (parts[2], 10, 1, 99, &length,
          NULL))
    return fail (error, "'%s' is no length for '%s'", parts[2], parts[1]);
  in->length = length;
  return parts[3] ? fail (error, "nothing can follow the length '%s'",
      parts[2]) : TRUE;
}

static gboolean
parse_slot (Parser * parser, GError ** error)
{
  gchar *name = take_name (parser, '}', error);
  Instruction in = {.op = OP_SOME };
  gchar **parts;
  gboolean ok;

  if (!name)
    return FALSE;
  parts = g_strsplit (name, ":", 5);
  ok = parts[0] && is_name (parts[0]);
  if (!ok)
    fail (error, "'{%s}' has no name of small letters, digits, '-' and '_'",
        name);
  ok = ok && resolve_kind (parser, &in, parts, error);
  if (ok) {
    in.slot = g_strdup (parts[0]);
    ok = emit (parser, in, error);
  }
  g_strfreev (parts);
  g_free (name);
  return ok;
}

static gboolean parse_sequence (Parser * parser, GError ** error);

/* Between the brackets: a|b|c becomes
 *   split 1; a; jump end; 1: split 2; b; jump end; 2: split end; c; jump end
 * where the last split is a jump to c unless there may be nothing. */
static gboolean
parse_alternatives (Parser * parser, gchar closing, GError ** error)
{
  GArray *jumps = g_array_new (FALSE, FALSE, sizeof (guint));
  gboolean ok = TRUE;
  gchar after = '|';

  while (ok && after == '|') {
    guint split = parser->code->len, jump;

    ok = emit_op (parser, OP_SPLIT, error)
        && parse_sequence (parser, error);
    after = *parser->p;
    if (ok && after != '|' && after != closing)
      ok = fail (error, "'%c' is missing at '%s'", closing, parser->p);
    jump = parser->code->len;
    ok = ok && emit_op (parser, OP_JUMP, error);
    if (ok) {
      Instruction *in = &g_array_index (parser->code, Instruction, split);

      parser->p++;
      g_array_append_val (jumps, jump);
      in->other = parser->code->len;
      if (after == ')') {
        in->op = OP_JUMP;
        in->other = split + 1;
      }
    }
  }
  for (guint i = 0; ok && i < jumps->len; i++)
    g_array_index (parser->code, Instruction, g_array_index (jumps, guint,
            i)).other = parser->code->len;
  g_array_unref (jumps);
  return ok;
}

static gboolean
parse_group (Parser * parser, gchar closing, GError ** error)
{
  gboolean ok;

  if (parser->depth >= MAX_DEPTH)
    return fail (error, "brackets are nested more than %u deep", MAX_DEPTH);
  parser->depth++;
  ok = parse_alternatives (parser, closing, error);
  parser->depth--;
  return ok;
}

static gboolean
parse_item (Parser * parser, GError ** error)
{
  gsize length = strcspn (parser->p, " \t\r\n()[]|<>{}*^$");

  if (length > 0) {
    parser->p += length;
    return emit_words (parser, parser->p - length, length, error);
  }
  switch (*parser->p++) {
    case '(':
      return parse_group (parser, ')', error);
    case '[':
      return parse_group (parser, ']', error);
    case '<':
      return parse_list (parser, error);
    case '{':
      return parse_slot (parser, error);
    case '*':
      return emit_op (parser, OP_ANY, error);
    default:
      return fail (error, "'%c' cannot stand before '%s'", parser->p[-1],
          parser->p);
  }
}

static gboolean
parse_sequence (Parser * parser, GError ** error)
{
  guint before = parser->code->len;

  skip_space (parser);
  while (*parser->p && !strchr ("|)]$", *parser->p)) {
    if (!parse_item (parser, error))
      return FALSE;
    skip_space (parser);
  }
  if (parser->code->len == before)
    return fail (error, "there is nothing to match before '%s'", parser->p);
  return TRUE;
}

static gboolean
parse_pattern (Parser * parser, GError ** error)
{
  gboolean tied;

  skip_space (parser);
  tied = *parser->p == '^';
  parser->p += tied;
  if ((!tied && !emit_op (parser, OP_ANY, error))
      || !parse_sequence (parser, error))
    return FALSE;
  tied = *parser->p == '$';
  parser->p += tied;
  skip_space (parser);
  if (*parser->p)
    return fail (error, "nothing can follow at '%s'", parser->p);
  return (tied || emit_op (parser, OP_ANY, error))
      && emit_op (parser, OP_END, error);
}

static void
collect_slots (ScriptPattern * self)
{
  for (guint i = 0; i < self->code->len; i++) {
    const gchar *slot = g_array_index (self->code, Instruction, i).slot;

    if (slot)
      g_ptr_array_add (self->slots, (gpointer) slot);
  }
  g_ptr_array_add (self->slots, NULL);
}

ScriptPattern *
script_pattern_new (const gchar * text, ScriptFindList find, gpointer data,
    GError ** error)
{
  ScriptPattern *self;
  Parser parser = {.p = text,.find = find,.data = data };

  if (strlen (text) > MAX_LENGTH) {
    fail (error, "a pattern has at most %u bytes", MAX_LENGTH);
    return NULL;
  }
  parser.code = g_array_new (FALSE, FALSE, sizeof (Instruction));
  g_array_set_clear_func (parser.code, instruction_clear);
  self = g_new0 (ScriptPattern, 1);
  self->code = parser.code;
  self->slots = g_ptr_array_new ();
  if (!parse_pattern (&parser, error)) {
    script_pattern_free (self);
    return NULL;
  }
  self->needs = parser.needs;
  collect_slots (self);
  return self;
}

void
script_pattern_free (ScriptPattern * pattern)
{
  g_array_unref (pattern->code);
  g_ptr_array_unref (pattern->slots);
  g_free (pattern);
}

/* The names of the slots it may fill, ended by NULL. */
const gchar *const *
script_pattern_slots (const ScriptPattern * pattern)
{
  return (const gchar * const *) pattern->slots->pdata;
}

/* One matching: what the words are worth from each instruction and word on, or
 * NO_MATCH. */
typedef struct
{
  const ScriptPattern *pattern;
  const ScriptWords *words;
  gint32 *score;
} Table;

static gint32 *
cell (const Table * t, guint at, guint pos)
{
  return &t->score[at * (t->words->n + 1) + pos];
}

static guint
spans_of (const Table * t, const Instruction * in, guint pos, gboolean values,
    ScriptSpan * spans)
{
  if (in->op == OP_LIST)
    return script_list_spans (in->list, t->words, pos, values, spans);
  return script_kind_spans (in->kind, in->length, t->words, pos, values, spans);
}

static gint
score_of_span (const Table * t, const Instruction * in, guint at, guint pos,
    guint n)
{
  gint rest = *cell (t, at + 1, pos + n);
  gboolean counts = in->op == OP_LIST || script_kind_counts (in->kind);

  return rest == NO_MATCH ? NO_MATCH : rest + (gint) n *(counts ? NAMED : 1);
}

static gint
best_span (const Table * t, const Instruction * in, guint at, guint pos)
{
  ScriptSpan spans[SCRIPT_MAX_SPANS];
  guint n = spans_of (t, in, pos, FALSE, spans);
  gint best = NO_MATCH;

  for (guint i = 0; i < n; i++)
    best = MAX (best, score_of_span (t, in, at, pos, spans[i].n));
  return best;
}

static gint
score_at (const Table * t, guint at, guint pos)
{
  const Instruction *in = &g_array_index (t->pattern->code, Instruction, at);
  gboolean last = pos == t->words->n;
  gint rest;

  switch (in->op) {
    case OP_END:
      return last ? 0 : NO_MATCH;
    case OP_WORD:
      if (last || strcmp (in->word, t->words->word[pos].word) != 0)
        return NO_MATCH;
      rest = *cell (t, at + 1, pos + 1);
      return rest == NO_MATCH ? NO_MATCH : rest + NAMED;
    case OP_ANY:
      return MAX (*cell (t, at + 1, pos), last ? NO_MATCH : *cell (t, at,
              pos + 1));
    case OP_SOME:
      rest = last ? NO_MATCH : MAX (*cell (t, at + 1, pos + 1), *cell (t, at,
              pos + 1));
      return rest == NO_MATCH ? NO_MATCH : rest + 1;
    case OP_SPLIT:
      return MAX (*cell (t, at + 1, pos), *cell (t, in->other, pos));
    case OP_JUMP:
      return *cell (t, in->other, pos);
    default:
      return last ? NO_MATCH : best_span (t, in, at, pos);
  }
}

static void
keep (GHashTable * slots, const gchar * slot, gchar * value)
{
  if (slot && value)
    g_hash_table_replace (slots, g_strdup (slot), value);
  else
    g_free (value);
}

/* Takes the span that leads to the best score, the longest of equals. */
static guint
walk_span (const Table * t, const Instruction * in, guint at, guint pos,
    GHashTable * slots)
{
  ScriptSpan spans[SCRIPT_MAX_SPANS];
  guint n = spans_of (t, in, pos, TRUE, spans), taken = 0;

  for (guint i = 0; i < n; i++) {
    if (score_of_span (t, in, at, pos, spans[i].n) == *cell (t, at, pos)
        && spans[i].n > taken) {
      taken = spans[i].n;
      keep (slots, in->slot, g_steal_pointer (&spans[i].value));
    }
    g_free (spans[i].value);
  }
  return taken;
}

/* Takes the best way through the table. Of equals, `*` takes as many words as
 * it can, so that what was said last counts, and what may be there is. */
static void
walk (const Table * t, GHashTable * slots)
{
  guint at = 0, pos = 0, begin = 0;
  const Instruction *in;

  while ((in = &g_array_index (t->pattern->code, Instruction, at))->op !=
      OP_END) {
    gint score = *cell (t, at, pos);
    gboolean stays = pos < t->words->n && *cell (t, at, pos + 1) ==
        score - (in->op == OP_SOME);

    switch (in->op) {
      case OP_WORD:
        at++, pos++;
        break;
      case OP_ANY:
        if (stays)
          pos++;
        else
          at++;
        break;
      case OP_SOME:
        pos++;
        if (!stays) {
          keep (slots, in->slot, script_words_written (t->words, begin,
                  pos - begin));
          at++;
        }
        break;
      case OP_SPLIT:
        at = *cell (t, at + 1, pos) == score ? at + 1 : in->other;
        break;
      case OP_JUMP:
        at = in->other;
        break;
      default:
        pos += walk_span (t, in, at, pos, slots);
        at++;
    }
    if (in->op != OP_SOME || !stays)
      begin = pos;
  }
}

static gboolean
pay (guint * steps, guint price)
{
  gboolean enough = *steps >= price;

  *steps -= enough ? price : *steps;
  return enough;
}

/* Most patterns are ruled out by this. */
static gboolean
has_word (const ScriptWords * words, const gchar * word, guint * steps)
{
  gboolean found = !word;

  for (guint i = 0; i < words->n && !found; i++)
    found = pay (steps, 1) && strcmp (words->word[i].word, word) == 0;
  return found;
}

/* How well the pattern fits, or -1 if it does not: first by how many words it
 * names, then by how many its slots take. @steps goes down with the work; at 0
 * nothing matches any more. */
gint
script_pattern_match (const ScriptPattern * pattern, const ScriptWords * words,
    GHashTable * slots, guint * steps)
{
  guint n_code = pattern->code->len, row = words->n + 1;
  Table t = { pattern, words, NULL };
  gint score;

  if (!has_word (words, pattern->needs, steps)
      || !pay (steps, n_code * row))
    return NO_MATCH;
  t.score = g_new (gint32, n_code * row);
  for (guint at = n_code; at-- > 0;) {
    for (guint pos = row; pos-- > 0;)
      *cell (&t, at, pos) = score_at (&t, at, pos);
  }
  score = *cell (&t, 0, 0);
  if (score != NO_MATCH && slots)
    walk (&t, slots);
  g_free (t.score);
  return score;
}
