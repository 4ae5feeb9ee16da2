/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a decoder is to understand: a grammar or keyphrases, checked before
 * pocketsphinx sees them, since it drops words that it does not know, takes one
 * public rule of several and overlooks rules that are missing.
 *
 * Threads: as the decoder. Locks: none.
 */
#define _GNU_SOURCE             /* memfd_create() */
#include "sphinx-decoder-private.h"
#include "sphinx-dict.h"

#include <gio/gio.h>
#include <gst-voice/error.h>
#include <sphinxbase/fsg_model.h>
#include <sphinxbase/jsgf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEARCH "call"
#define GRAMMAR_MAX (1024 * 1024)
#define KEYPHRASES_MAX 100
/* How many unknown words an error lists. */
#define LISTED 10

typedef struct
{
  SphinxDecoder *self;
  const SphinxSetup *setup;
  gchar *text;                  /* of the grammar */
  gsize length;
  jsgf_t *jsgf;
  gchar *tops;                  /* its public rules, "<a.b> | <a.c>" */
  fsg_model_t *fsg;
  gchar **phones;               /* of speech outside the grammar, or NULL */
  gchar **words;                /* what it consists of */
  GHashTable *spoken;           /* how they are spoken */
  gchar *list;                  /* file of keyphrases */
  gint status;
} Job;

static void
job_clear (Job * job)
{
  if (job->fsg)
    fsg_model_free (job->fsg);
  if (job->jsgf)
    jsgf_grammar_free (job->jsgf);
  g_clear_pointer (&job->spoken, g_hash_table_unref);
  g_strfreev (job->words);
  g_strfreev (job->phones);
  g_free (job->list);
  g_free (job->tops);
  g_free (job->text);
}

static gboolean
refuse (GError ** error, gchar * message)
{
  g_set_error_literal (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
      message);
  g_free (message);
  return FALSE;
}

static gboolean
is_part_of_word (gchar c)
{
  return c && !g_ascii_isspace (c) && !strchr (";=|*+<>()[]{}/\"", c);
}

static guint
count_lines (const gchar * text, const gchar * end)
{
  guint line = 1;

  while ((text = memchr (text, '\n', end - text))) {
    line++;
    text++;
  }
  return line;
}

/* The line of the grammar in which a word or a <rule> stands, 0 if nobody
 * knows. */
static guint
line_of (const gchar * text, const gchar * word)
{
  const gchar *at = text;
  gsize n = strlen (word);

  while ((at = strstr (at, word))) {
    if (*word == '<' || (!is_part_of_word (at[n])
            && (at == text || !is_part_of_word (at[-1]))))
      break;
    at += n;
  }
  return at ? count_lines (text, at) : 0;
}

static gchar *
list_unknown (gchar ** words, GHashTable * spoken, const gchar ** first)
{
  GString *list = g_string_new (NULL);
  guint n = 0;

  *first = NULL;
  for (; *words; words++) {
    if (((GPtrArray *) g_hash_table_lookup (spoken, *words))->len > 0)
      continue;
    if (n++ < LISTED)
      g_string_append_printf (list, "%s'%s'", list->len ? ", " : "", *words);
    if (!*first)
      *first = *words;
  }
  if (n > LISTED)
    g_string_append_printf (list, " and %u more", n - LISTED);
  return g_string_free (list, FALSE);
}

/* Finds out how the words are spoken, or which of them nobody knows. */
static gboolean
look_up (Job * job, GError ** error)
{
  const gchar *first, *dict = job->setup->dict;
  GString *message;
  guint line = 0;
  gchar *list;

  job->spoken = sphinx_dict_find (dict, job->words, error);
  if (!job->spoken)
    return FALSE;
  list = list_unknown (job->words, job->spoken, &first);
  if (!first) {
    g_free (list);
    return TRUE;
  }
  message = g_string_new (job->text ? job->setup->grammar : "keyphrases");
  if (job->text && (line = line_of (job->text, first)))
    g_string_append_printf (message, ":%u", line);
  g_string_append_printf (message, ": not in the dictionary '%s': %s", dict,
      list);
  g_free (list);
  return refuse (error, g_string_free (message, FALSE));
}

static void
add_pronunciations (SphinxDecoder * self, const gchar * word,
    GPtrArray * spoken)
{
  gchar *known = ps_lookup_word (self->ps, word);

  if (known) {
    ckd_free (known);
    return;
  }
  for (guint i = 0; i < spoken->len; i++) {
    gchar *name = i ? g_strdup_printf ("%s(%u)", word, i + 1) : g_strdup (word);

    ps_add_word (self->ps, name, g_ptr_array_index (spoken, i), FALSE);
    g_free (name);
  }
}

static void
add_garbage (SphinxDecoder * self, const gchar * phone)
{
  gchar *name = g_strconcat (GARBAGE, phone, NULL);
  gchar *known = ps_lookup_word (self->ps, name);

  if (known)
    ckd_free (known);
  else
    ps_add_word (self->ps, name, phone, FALSE);
  g_free (name);
}

static void
add_words (gpointer data)
{
  Job *job = data;

  for (gchar ** phone = job->phones; phone && *phone; phone++)
    add_garbage (job->self, *phone);

  for (gchar ** word = job->words; *word; word++)
    add_pronunciations (job->self, *word,
        g_hash_table_lookup (job->spoken, *word));
}

/* Runs a step; whatever pocketsphinx complains of is an error. */
static gboolean
step (Job * job, void (*func) (gpointer data), gchar ** message)
{
  gboolean ok = sphinx_guard (func, job, message) && !*message;

  if (!ok && !*message)
    *message = g_strdup ("pocketsphinx does not say why");
  return ok;
}

static gboolean
give_search (Job * job, void (*func) (gpointer data), const gchar * name,
    GError ** error)
{
  gchar *message = NULL;

  if (step (job, add_words, &message) && step (job, func, &message)
      && job->status == 0)
    return TRUE;
  /* Half a search is none. */
  job->self->broken = TRUE;
  refuse (error, g_strdup_printf ("%s: %s", name, message ? message :
          "cannot be used"));
  g_free (message);
  return FALSE;
}

static void
parse (gpointer data)
{
  Job *job = data;

  job->jsgf = jsgf_parse_string (job->text, NULL);
}

/* "<grammar.rule>", of the grammar itself and not of one that it imports. */
static gboolean
is_top (const gchar * rule, const gchar * grammar)
{
  gsize n = strlen (grammar);

  return rule[0] == '<' && strncmp (rule + 1, grammar, n) == 0
      && rule[n + 1] == '.' && !strchr (rule + n + 2, '.');
}

static void
find_tops (gpointer data)
{
  Job *job = data;
  GPtrArray *tops = g_ptr_array_new ();
  jsgf_rule_iter_t *i;

  for (i = jsgf_rule_iter (job->jsgf); i; i = jsgf_rule_iter_next (i)) {
    jsgf_rule_t *rule = jsgf_rule_iter_rule (i);

    if (jsgf_rule_public (rule) && is_top (jsgf_rule_name (rule),
            jsgf_grammar_name (job->jsgf)))
      g_ptr_array_add (tops, (gpointer) jsgf_rule_name (rule));
  }
  if (tops->len > 0) {
    g_ptr_array_add (tops, NULL);
    job->tops = g_strjoinv (" | ", (gchar **) tops->pdata);
  }
  g_ptr_array_unref (tops);
}

/* All public rules may be spoken, or anything else: two more rules say so. */
static gchar *
complete_text (const Job * job)
{
  GString *text = g_string_new (job->text);

  g_string_append_printf (text, "\n<gst_voice_top> = %s%s;\n", job->tops,
      job->phones ? " | <gst_voice_garbage>" : "");
  for (guint i = 0; job->phones && job->phones[i]; i++)
    g_string_append_printf (text, "%s " GARBAGE "%s",
        i ? " |" : "<gst_voice_garbage> = (", job->phones[i]);
  if (job->phones)
    g_string_append (text, ")+;\n");
  return g_string_free (text, FALSE);
}

/* The weights of a grammar are relative; garbage has a price of its own. */
static void
price_garbage (const Job * job)
{
  gint32 price = logmath_log (ps_get_logmath (job->self->ps),
      job->setup->garbage);

  for (gint i = 0; i < fsg_model_n_state (job->fsg); i++) {
    fsg_arciter_t *arc = fsg_model_arcs (job->fsg, i);

    for (; arc; arc = fsg_arciter_next (arc)) {
      fsg_link_t *link = fsg_arciter_get (arc);

      if (link->wid >= 0 && g_str_has_prefix (fsg_model_word_str (job->fsg,
                  link->wid), GARBAGE))
        link->logs2prob = price;
    }
  }
}

static void
build (gpointer data)
{
  Job *job = data;
  gchar *text = complete_text (job);
  gchar *name;
  jsgf_rule_t *rule;

  jsgf_grammar_free (job->jsgf);
  job->jsgf = jsgf_parse_string (text, NULL);
  g_free (text);
  if (!job->jsgf)
    return;
  name = g_strconcat (jsgf_grammar_name (job->jsgf), ".gst_voice_top", NULL);
  rule = jsgf_get_rule (job->jsgf, name);
  g_free (name);
  if (rule)
    job->fsg = jsgf_build_fsg (job->jsgf, rule, ps_get_logmath (job->self->ps),
        cmd_ln_float32_r (ps_get_config (job->self->ps), "-lw"));
  if (job->fsg && job->phones)
    price_garbage (job);
}

typedef struct
{
  gchar *text;
  gboolean ok;
} Prefix;

static void
parse_prefix (gpointer data)
{
  Prefix *prefix = data;
  jsgf_t *jsgf = jsgf_parse_string (prefix->text, NULL);

  prefix->ok = jsgf != NULL;
  if (jsgf)
    jsgf_grammar_free (jsgf);
}

/* Whether the first @n bytes are wrong whatever follows: the parser stumbles
 * over a token, not over the end. */
static gboolean
is_wrong (const gchar * text, gsize n)
{
  Prefix prefix = { g_strndup (text, n), FALSE };
  gchar *message = NULL;
  gboolean wrong;

  sphinx_guard (parse_prefix, &prefix, &message);
  wrong = !prefix.ok && message && !strstr (message, "token ''");
  g_free (message);
  g_free (prefix.text);
  return wrong;
}

static gsize
end_of_line (const gchar * text, guint line)
{
  const gchar *end = text;

  while (line-- > 0 && (end = strchr (end, '\n')))
    end++;
  return end ? (gsize) (end - text) : strlen (text);
}

/* The line that is wrong. pocketsphinx counts lines only in a file, and never
 * closes that if it is wrong. */
static guint
wrong_line (const gchar * text)
{
  guint right = 0, wrong = count_lines (text, text + strlen (text));

  while (wrong - right > 1) {
    guint middle = right + (wrong - right) / 2;

    if (is_wrong (text, end_of_line (text, middle)))
      wrong = middle;
    else
      right = middle;
  }
  return wrong;
}

/* pocketsphinx's message with the file's name and the line in front. */
static gboolean
refuse_grammar (const Job * job, gchar * message, GError ** error)
{
  const gchar *at = strstr (message, " at line ");
  const gchar *token = at ? strstr (at, "token ") : NULL;
  const gchar *rule = strstr (message, "rule in RHS: <");
  const gchar *file = job->setup->grammar;
  guint line = 0;
  gchar *text, *name;

  if (token) {
    text = g_strdup_printf ("%s:%u: %.*s near %s", file,
        wrong_line (job->text), (gint) (at - message), message,
        strcmp (token, "token ''") ? token + strlen ("token ") : "its end");
  } else {
    if (rule && (rule = strchr (rule, '.'))) {
      name = g_strconcat ("<", rule + 1, NULL);
      line = line_of (job->text, name);
      g_free (name);
    }
    text = line ? g_strdup_printf ("%s:%u: %s", file, line, message) :
        g_strdup_printf ("%s: %s", file, message);
  }
  g_free (message);
  return refuse (error, text);
}

static void
blank (gchar * from, const gchar * to)
{
  for (; from < to; from++) {
    if (*from != '\n')
      *from = ' ';
  }
}

/* What is behind a comment, NULL if it does not end. */
static gchar *
end_of_comment (gchar * at)
{
  gchar *end;

  if (at[1] == '/')
    return strchrnul (at, '\n');
  end = strstr (at + 2, "*/");
  return end ? end + 2 : NULL;
}

/* What is behind a quoted token or a tag. */
static gchar *
end_of_quote (gchar * at)
{
  gchar end = *at == '{' ? '}' : '"';

  while (*++at && *at != end) {
    if (*at == '\\' && at[1])
      at++;
  }
  return *at ? at + 1 : at;
}

static gboolean
begins_statement (const gchar * at)
{
  static const gchar *const beginnings[] = { "#JSGF", "grammar", "import",
    "public", "<"
  };

  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++) {
    if (g_str_has_prefix (at, beginnings[i]))
      return TRUE;
  }
  return FALSE;
}

/* Takes comments out, and tags, which pocketsphinx has no use for and loses.
 * Looks at how statements begin: there it prints what it does not know, and
 * goes on. */
static gboolean
tidy (Job * job, GError ** error)
{
  const gchar *file = job->setup->grammar;
  gboolean begins = TRUE;

  for (gchar * at = job->text, *end; *at; at = end) {
    end = at + 1;
    if (*at == '/' && (at[1] == '/' || at[1] == '*')) {
      end = end_of_comment (at);
      if (!end)
        return refuse (error, g_strdup_printf ("%s:%u: a comment has no end",
                file, count_lines (job->text, at)));
      blank (at, end);
    } else if (begins && !g_ascii_isspace (*at)) {
      if (!begins_statement (at))
        return refuse (error, g_strdup_printf ("%s:%u: a rule must begin with "
                "'<' or 'public <'", file, count_lines (job->text, at)));
      begins = FALSE;
    } else if (*at == '"') {
      end = end_of_quote (at);
    } else if (*at == '{') {
      end = end_of_quote (at);
      blank (at, end);
    } else if (*at == ';') {
      begins = TRUE;
    }
  }
  return TRUE;
}

static gboolean
read_grammar (Job * job, GError ** error)
{
  const gchar *file = job->setup->grammar;
  GError *why = NULL;

  if (!g_file_get_contents (file, &job->text, &job->length, &why)) {
    refuse (error, g_strdup_printf ("cannot read the grammar: %s",
            why->message));
    g_error_free (why);
    return FALSE;
  }
  if (job->length > GRAMMAR_MAX)
    return refuse (error, g_strdup_printf ("%s: has more than %d bytes", file,
            GRAMMAR_MAX));
  if (!g_utf8_validate (job->text, job->length, NULL))
    return refuse (error, g_strdup_printf ("%s: is not UTF-8 text", file));
  if (!g_str_has_prefix (job->text, "#JSGF"))
    return refuse (error, g_strdup_printf ("%s:1: does not begin with "
            "'#JSGF V1.0;'", file));
  return TRUE;
}

static gboolean
parse_grammar (Job * job, GError ** error)
{
  gchar *message = NULL;

  if (!step (job, parse, &message))
    return refuse_grammar (job, message, error);
  sphinx_guard (find_tops, job, NULL);
  if (!job->tops)
    return refuse (error, g_strdup_printf ("%s: has no public rule",
            job->setup->grammar));
  if (!step (job, build, &message))
    return refuse_grammar (job, message, error);
  if (!job->fsg)
    return refuse (error, g_strdup_printf ("%s: cannot be understood",
            job->setup->grammar));
  return TRUE;
}

static void
collect_words (Job * job)
{
  guint n = 0;

  job->words = g_new0 (gchar *, job->fsg->n_word + 1);
  for (gint i = 0; i < job->fsg->n_word; i++) {
    const gchar *word = fsg_model_word_str (job->fsg, i);

    if (!g_str_has_prefix (word, GARBAGE))
      job->words[n++] = g_strdup (word);
  }
}

static void
set_fsg (gpointer data)
{
  Job *job = data;

  job->status = ps_set_fsg (job->self->ps, SEARCH, job->fsg)
      || ps_set_search (job->self->ps, SEARCH);
}

/* The decoder listens for sentences of the grammar from now on. */
gboolean
sphinx_grammar_load (SphinxDecoder * self, const SphinxSetup * setup,
    GError ** error)
{
  Job job = {.self = self,.setup = setup };
  gboolean ok = read_grammar (&job, error) && tidy (&job, error);

  if (ok && setup->garbage > 0)
    ok = (job.phones = sphinx_dict_phones (setup->dict, error)) != NULL;
  ok = ok && parse_grammar (&job, error);

  if (ok) {
    collect_words (&job);
    ok = look_up (&job, error)
        && give_search (&job, set_fsg, setup->grammar, error);
  }
  job_clear (&job);
  return ok;
}

/* Splits "a phrase /1e-20/" into the phrase, with single spaces, and what it
 * is in pocketsphinx's file. */
static gboolean
take_phrase (gchar * text, GPtrArray * words, GString * list, GError ** error)
{
  gchar *slash = strchr (text, '/'), *rest = NULL;
  gdouble threshold = 1;
  gchar **parts;
  gsize before = list->len;

  if (slash) {
    *slash = 0;
    threshold = g_ascii_strtod (slash + 1, &rest);
    if (rest == slash + 1 || *rest != '/' || *g_strchug (rest + 1)
        || !(threshold > 0 && threshold <= 1e50))
      return refuse (error, g_strdup_printf ("keyphrases: '%s' must be "
              "followed by a threshold such as /1e-20/", g_strstrip (text)));
  }
  parts = g_strsplit_set (text, " \t\r\n", -1);
  for (guint i = 0; parts[i]; i++) {
    if (!*parts[i])
      continue;
    g_string_append_printf (list, "%s%s", list->len > before ? " " : "",
        parts[i]);
    g_ptr_array_add (words, g_strdup (parts[i]));
  }
  g_strfreev (parts);
  if (list->len == before)
    return refuse (error, g_strdup ("keyphrases: one of them is empty"));
  g_string_append_printf (list, "/%g/\n", threshold);
  return TRUE;
}

static gboolean
split_phrases (Job * job, GError ** error)
{
  gchar **phrases = g_strsplit (job->setup->keyphrases, ";",
      KEYPHRASES_MAX + 1);
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  GString *list = g_string_new (NULL);
  gboolean ok = TRUE;

  if (g_strv_length (phrases) > KEYPHRASES_MAX)
    ok = refuse (error, g_strdup_printf ("keyphrases: more than %d",
            KEYPHRASES_MAX));
  for (guint i = 0; ok && phrases[i]; i++) {
    /* A semicolon at the end begins no phrase. */
    if (*g_strstrip (phrases[i]) || i == 0 || phrases[i + 1])
      ok = take_phrase (phrases[i], words, list, error);
  }
  if (ok && list->len == 0)
    ok = refuse (error, g_strdup ("keyphrases: there is none"));
  g_ptr_array_add (words, NULL);
  job->words = (gchar **) g_ptr_array_free (words, FALSE);
  job->list = g_string_free (list, FALSE);
  g_strfreev (phrases);
  return ok;
}

/* pocketsphinx takes more than one phrase only from a file. */
static void
set_phrases (gpointer data)
{
  Job *job = data;
  gint fd = memfd_create ("keyphrases", MFD_CLOEXEC);
  gsize n = strlen (job->list);
  gchar *path = g_strdup_printf ("/proc/self/fd/%d", fd);

  job->status = fd < 0 || write (fd, job->list, n) != (gssize) n
      || ps_set_kws (job->self->ps, SEARCH, path)
      || ps_set_search (job->self->ps, SEARCH);
  g_free (path);
  if (fd >= 0)
    close (fd);
}

/* The decoder listens for the phrases from now on. */
gboolean
sphinx_keyphrases_load (SphinxDecoder * self, const SphinxSetup * setup,
    GError ** error)
{
  Job job = {.self = self,.setup = setup };
  gboolean ok = split_phrases (&job, error) && look_up (&job, error)
      && give_search (&job, set_phrases, "keyphrases", error);

  job_clear (&job);
  return ok;
}
