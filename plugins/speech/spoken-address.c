/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * E-mail and web addresses, mentions, hashtags, and telephone and card
 * numbers in words.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken.h"

#include <string.h>

#define GROUPS_MAX 20

static gboolean
is_among (gunichar c, const gchar * set)
{
  return c > 0 && c < 0x80 && strchr (set, (gint) c) != NULL;
}

static gboolean
is_ascii_word (gunichar c)
{
  return c < 0x80 && g_ascii_isalnum ((gchar) c);
}

static gboolean
starts_with (const Spoken * s, guint i, const gchar * text)
{
  guint k = 0;

  while (text[k] && g_unichar_tolower (spoken_at (s, i + k)) ==
      (gunichar) text[k])
    k++;
  return text[k] == '\0';
}

/* Letters between marks: a word if it can be read as one, else spelled. */
static void
say_label (Spoken * s, guint i, guint end, gboolean last)
{
  gboolean vowel = FALSE;
  gchar text[256];

  for (guint k = i; k < end; k++)
    vowel |= strchr (s->language->vowels,
        g_ascii_toupper ((gchar) s->cells[k].c)) != NULL;
  if (!vowel || end - i < 2 || (last && end - i == 2) || end - i > 64 ||
      spoken_text_of (s, i, end, text, sizeof (text), FALSE) == 0)
    spoken_spell (s, i, end);
  else
    spoken_say (s, text, i, end);
}

/* Words, digits and named marks from @i to @end; no white space among them. */
static void
say_characters (Spoken * s, guint i, guint end, gboolean host)
{
  while (i < end) {
    static const struct
    {
      gunichar c;
      const gchar *name;
    } marks[] = {
      {'.', "dot"}, {'-', "dash"}, {'_', "underscore"}, {'+', "plus"},
      {'@', "at"}, {'/', "slash"}, {'%', "percent"}, {':', "colon"},
      {'~', "tilde"},
    };
    guint j = i;

    while (j < end && s->cells[j].c < 0x80 &&
        g_ascii_isalpha ((gchar) s->cells[j].c))
      j++;
    if (j > i) {
      say_label (s, i, j, host && j == end);
      i = j;
      continue;
    }
    for (guint k = 0; k < G_N_ELEMENTS (marks); k++) {
      if (marks[k].c == s->cells[i].c)
        spoken_say (s, language_say (s->language, marks[k].name), i, i + 1);
    }
    spoken_spell (s, i, i + 1);
    i++;
  }
}

/* Host names: labels with dots between them, the last of letters. */
static guint
read_host (const Spoken * s, guint i, guint * dots, guint * last)
{
  guint j = i;

  *dots = 0;
  *last = i;
  for (;; j++) {
    guint start = j;

    while (is_ascii_word (spoken_at (s, j)) || (j > start &&
            is_among (spoken_at (s, j), "-_") &&
            is_ascii_word (spoken_at (s, j + 1))))
      j++;
    if (j == start)
      return *dots > 0 && j > i ? j - 1 : j;
    *last = start;
    if (spoken_at (s, j) != '.' || !is_ascii_word (spoken_at (s, j + 1)))
      return j;
    ++*dots;
  }
}

/* Top-level domains by which a name without http:// is known. Those that are
 * also endings of file names or words of a text are not among them. */
static gboolean
is_known_domain (const Spoken * s, guint i, guint end)
{
  static const gchar *const known[] = { "com", "org", "net", "edu", "gov",
    "info", "biz", "io", "ai", "app", "dev", "co", "uk", "de", "fr", "es",
    "it", "nl", "eu", "ch", "at", "be", "se", "dk", "fi", "pl", "cz", "pt",
    "ie", "us", "ca", "au", "nz", "jp", "in", "br", "mx", "example", "test",
    "tv", "me", "online", "shop", "site", "xyz", "cloud", "health", NULL
  };
  gchar text[64];

  return end - i < 16 && spoken_text_of (s, i, end, text, sizeof (text),
      FALSE) > 0 && g_strv_contains (known, text);
}

/* A path is said if it is short and made of words; else it is left out. */
static guint
read_path (const Spoken * s, guint i, gboolean * simple)
{
  guint j = i, slashes = 0;

  *simple = TRUE;
  while (j < s->n && !spoken_space (s, j) &&
      !is_among (s->cells[j].c, "\"<>|\\^`{}") && s->cells[j].c < 0x2000) {
    gunichar c = s->cells[j].c;

    slashes += c == '/';
    if (!is_ascii_word (c) && !is_among (c, "/-_."))
      *simple = FALSE;
    j++;
  }
  while (j > i && is_among (s->cells[j - 1].c, ".,;:!?)]'*"))
    j--;
  if (j > i && s->cells[j - 1].c == '/')
    slashes--;
  *simple = *simple && j > i + 1 && j - i <= 24 && slashes <= 2;
  return j;
}

static guint
say_url (Spoken * s, guint i, guint host, guint end)
{
  gboolean simple;
  guint path = end, start = host;

  if (starts_with (s, host, "www."))
    start += 4;
  if (spoken_at (s, path) == ':' && spoken_digit (s, path + 1))
    for (path++; spoken_digit (s, path); path++);
  say_characters (s, start, end, TRUE);
  if (path > end)
    say_characters (s, end, path, FALSE);
  if (!is_among (spoken_at (s, path), "/?#"))
    return path - i;
  end = read_path (s, path, &simple);
  if (simple)
    say_characters (s, path, s->cells[end - 1].c == '/' ? end - 1 : end, FALSE);
  return end - i;
}

static guint
read_url (Spoken * s, guint i)
{
  static const gchar *const schemes[] = { "https://", "http://", "ftp://",
    "wss://", "ws://"
  };
  guint dots, last, end, host = i;

  for (guint k = 0; k < G_N_ELEMENTS (schemes) && host == i; k++) {
    if (starts_with (s, i, schemes[k]))
      host += strlen (schemes[k]);
  }
  end = read_host (s, host, &dots, &last);
  if (end == host || (host == i && (dots == 0 || (!starts_with (s, i, "www.")
                  && !is_known_domain (s, last, end)))))
    return 0;
  if (!spoken_ends_word (s, end) || spoken_at (s, end) == '@')
    return 0;
  return say_url (s, i, host, end);
}

static guint
read_email (Spoken * s, guint i)
{
  guint at = i, dots, last, end;

  while (is_ascii_word (spoken_at (s, at)) || (at > i &&
          is_among (spoken_at (s, at), "._%+-")))
    at++;
  if (at == i || spoken_at (s, at) != '@')
    return 0;
  end = read_host (s, at + 1, &dots, &last);
  if (dots == 0 || end - last < 2 || !spoken_ends_word (s, end) ||
      spoken_digit (s, last))
    return 0;
  say_characters (s, i, at + 1, FALSE);
  say_characters (s, at + 1, end, TRUE);
  return end - i;
}

/* #BlackFriday → hashtag Black Friday; #A12 is a number of something */
static guint
read_hashtag (Spoken * s, guint i)
{
  const gchar *number = g_hash_table_lookup (s->language->number_symbols, "#");
  guint j = i + 1, start = j;
  gboolean digit = FALSE, small = FALSE;
  gchar text[256];

  for (; cell_is_word (spoken_at (s, j)) || spoken_at (s, j) == '_'; j++) {
    digit |= spoken_digit (s, j);
    small |= g_unichar_islower (s->cells[j].c);
  }
  if (digit && !small && number) {
    spoken_say (s, number, i, i + 1);
    return 1;
  }
  if (!spoken_letter (s, i + 1) || j - i > 40)
    return 0;
  spoken_say (s, language_say (s->language, "hashtag"), i, i + 1);
  for (guint k = start + 1; k <= j; k++) {
    if (k < j && !(g_unichar_isupper (s->cells[k].c) &&
            g_unichar_islower (s->cells[k - 1].c)) && s->cells[k].c != '_')
      continue;
    if (spoken_text_of (s, start, k, text, sizeof (text), FALSE) > 0)
      spoken_say (s, text, start, k);
    start = k < j && s->cells[k].c == '_' ? k + 1 : k;
    k = start > k ? start : k;
  }
  return j - i;
}

/**
 * spoken_address:
 * @s: the chunk
 * @i: where
 *
 * Reads an e-mail or web address, a mention or a hashtag.
 *
 * Returns: how many cells it was
 */
guint
spoken_address (Spoken * s, guint i)
{
  guint used;

  if (!spoken_ends_word (s, i))
    return 0;
  if (spoken_at (s, i) == '#')
    return read_hashtag (s, i);
  if (spoken_at (s, i) == '@' && is_ascii_word (spoken_at (s, i + 1))) {
    spoken_say (s, language_say (s->language, "at"), i, i + 1);
    return 1;
  }
  if (!is_ascii_word (spoken_at (s, i)))
    return 0;
  used = read_email (s, i);
  return used > 0 ? used : read_url (s, i);
}

typedef struct
{
  guint start[GROUPS_MAX];
  guint length[GROUPS_MAX];
  guint n;
  guint digits;
  gboolean plus;
  gboolean paren;               /* the first or second group is in ( ) */
  gunichar mark;                /* between all groups; ' ' if they differ */
  guint end;
} Phone;

/* What may stand between two groups: the cell behind it, or 0. */
static guint
skip_between (const Spoken * s, guint i, Phone * phone)
{
  guint j = i;
  gunichar mark = ' ';

  if (spoken_at (s, j) == ')')
    j++;
  if (spoken_space (s, j) && spoken_at (s, j) != CELL_LINE &&
      spoken_at (s, j) != CELL_PARAGRAPH)
    j++;
  else if (is_among (spoken_at (s, j), "-./"))
    mark = s->cells[j++].c;
  if (spoken_at (s, j) == '(')
    j++;
  if (j == i || !spoken_digit (s, j))
    return 0;
  if (phone->n > 1)
    phone->mark = phone->mark == mark ? mark : ' ';
  else
    phone->mark = mark;
  return j;
}

static gboolean
read_groups (const Spoken * s, guint i, Phone * phone)
{
  *phone = (Phone) {
  .end = i};
  phone->plus = spoken_at (s, i) == '+';
  i += phone->plus;
  phone->paren = spoken_at (s, i) == '(';
  i += phone->paren;
  while (spoken_digit (s, i)) {
    guint j = i;

    if (phone->n == GROUPS_MAX)
      return FALSE;
    while (spoken_digit (s, j))
      j++;
    phone->start[phone->n] = i;
    phone->length[phone->n++] = j - i;
    phone->digits += j - i;
    phone->end = j;
    i = skip_between (s, j, phone);
    if (i == 0)
      break;
  }
  return phone->n > 0 && spoken_ends_word (s, phone->end) &&
      !(is_among (spoken_at (s, phone->end), ":%") &&
      spoken_digit (s, phone->end + 1));
}

static gboolean
has_lengths (const Phone * phone, const gchar * lengths)
{
  for (guint i = 0; i < phone->n; i++) {
    if (lengths[i] != (gchar) ('0' + phone->length[i]))
      return FALSE;
  }
  return strlen (lengths) == phone->n;
}

static gboolean
is_phone (const Spoken * s, const Phone * phone)
{
  gboolean zero = s->cells[phone->start[0]].c == '0';
  guint shortest = 99, longest = 0;

  for (guint i = 0; i < phone->n; i++) {
    shortest = MIN (shortest, phone->length[i]);
    longest = MAX (longest, phone->length[i]);
  }
  if (phone->plus)
    return phone->digits >= 7 && phone->digits <= 15;
  if (phone->paren)
    return phone->n >= 2 && phone->digits >= 7 && phone->digits <= 15;
  if (phone->n < 2 || longest > 8 || phone->digits > 22)
    return FALSE;
  if (zero)
    return phone->digits >= 7 && phone->mark != '.' && phone->length[0] >= 2;
  if (has_lengths (phone, "334") || has_lengths (phone, "1334"))
    return TRUE;
  if (phone->mark == '-' && longest == 1)
    return phone->n >= 3;
  if (phone->mark == '-')
    return has_lengths (phone, "34") || (phone->n >= 3 && phone->digits >= 9 &&
        shortest >= 2);
  if (phone->mark == '.' || phone->mark == '/')
    return FALSE;
  if (has_lengths (phone, "34"))
    return s->cells[phone->start[1]].c == '0';
  return phone->n >= 3 && phone->digits >= 9 && shortest >= 3 &&
      !(longest == 3 && phone->digits % 3 == 0 && phone->n == 3);
}

/**
 * spoken_phone:
 * @s: the chunk
 * @i: where
 *
 * Reads a telephone number, or another number that is written in groups, such
 * as a card's: digit by digit, with a pause between the groups.
 *
 * Returns: how many cells it was
 */
guint
spoken_phone (Spoken * s, guint i)
{
  Phone phone;

  if (!spoken_ends_word (s, i) || !read_groups (s, i, &phone) ||
      !is_phone (s, &phone))
    return 0;
  if (phone.plus)
    spoken_say (s, language_say (s->language, "plus"), i, i + 1);
  for (guint k = 0; k < phone.n; k++) {
    if (k > 0)
      spoken_pause (s, ',');
    spoken_spell (s, phone.start[k], phone.start[k] + phone.length[k]);
  }
  s->kind = SPOKEN_NUMBER;
  return phone.end - i;
}
