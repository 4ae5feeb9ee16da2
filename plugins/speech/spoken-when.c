/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Dates and times of day in words.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken.h"

#include <string.h>

#define TEXT_MAX 64

typedef struct
{
  guint value;
  guint start;
  guint end;
} DatePart;

typedef struct
{
  DatePart year;                /* value 0: none */
  DatePart month;
  DatePart day;                 /* value 0: none */
  guint last_day;               /* of "March 5–7"; 0: none */
  guint end;
} Date;

/* Reads @min to @max digits, not more. */
static gboolean
read_digits (const Spoken * s, guint i, guint min, guint max, DatePart * part)
{
  guint j = i;

  part->value = 0;
  while (j - i <= max && spoken_digit (s, j))
    part->value = part->value * 10 + (s->cells[j++].c - '0');
  part->start = i;
  part->end = j;
  return j - i >= min && j - i <= max;
}

/* The name of a month or day at @i: its number, negative if it is unsure. */
static gint
read_name (const Spoken * s, GHashTable * names, guint i, guint * end)
{
  gchar name[TEXT_MAX];
  guint j = i;

  while (spoken_letter (s, j))
    j++;
  *end = j;
  if (j == i || !spoken_ends_word (s, i) || !spoken_ends_word (s, j) ||
      spoken_text_of (s, i, j, name, sizeof (name), FALSE) == 0)
    return 0;
  return GPOINTER_TO_INT (g_hash_table_lookup (names, name));
}

static gboolean
read_month (const Spoken * s, guint i, DatePart * month)
{
  gchar name[TEXT_MAX];
  guint end;
  gint number = read_name (s, s->language->months, i, &end);

  if (number == 0)
    return FALSE;
  spoken_text_of (s, i, end, name, sizeof (name), FALSE);
  if (spoken_at (s, end) == '.' && strcmp (name,
          s->language->month_names[ABS (number) - 1]) != 0)
    end++;
  *month = (DatePart) {
  ABS (number), i, end};
  return TRUE;
}

/* "st", "nd" … behind a day, or the dot of an ordinal. */
static guint
skip_ordinal (const Spoken * s, guint i)
{
  return s->language->ordinal_dot && spoken_at (s, i) == '.' ? i + 1 :
      spoken_ordinal_end (s, i);
}

/* A day of a month, perhaps with a second one behind a dash. */
static gboolean
read_day (const Spoken * s, guint i, Date * date)
{
  DatePart last;
  guint end;

  if (!read_digits (s, i, 1, 2, &date->day) || date->day.value < 1 ||
      date->day.value > 31)
    return FALSE;
  date->day.end = end = skip_ordinal (s, date->day.end);
  if ((spoken_at (s, end) == '-' || spoken_at (s, end) == 0x2013) &&
      read_digits (s, end + 1, 1, 2, &last) && last.value <= 31 &&
      last.value > date->day.value) {
    date->last_day = last.value;
    date->day.end = skip_ordinal (s, last.end);
  }
  return spoken_ends_word (s, date->day.end);
}

/* A year of four digits behind white space, perhaps behind a comma. */
static void
read_year_behind (const Spoken * s, guint i, Date * date)
{
  guint j = spoken_at (s, i) == ',' ? i + 1 : i;

  while (spoken_space (s, j))
    j++;
  if (j == i || !read_digits (s, j, 4, 4, &date->year) ||
      date->year.value < 1000 || !spoken_ends_word (s, date->year.end) ||
      (spoken_at (s, date->year.end) == ':' && spoken_digit (s,
              date->year.end + 1)))
    date->year.value = 0;
  else
    date->end = date->year.end;
}

/* Whether what follows makes another number of a day: 5.5, 5:30, 5 %. */
static gboolean
day_goes_on (const Spoken * s, guint i)
{
  gunichar c = spoken_at (s, i);

  return c == '%' || c == '/' || ((c == '.' || c == ':' || c == ',' ||
          c == '-') && spoken_digit (s, i + 1));
}

/* March 5th, 2026 */
static gboolean
read_month_first (const Spoken * s, guint i, Date * date)
{
  guint j;

  if (!read_month (s, i, &date->month))
    return FALSE;
  for (j = date->month.end; spoken_space (s, j); j++);
  if (j == date->month.end || !read_day (s, j, date) ||
      day_goes_on (s, date->day.end))
    return FALSE;
  date->end = date->day.end;
  read_year_behind (s, date->end, date);
  return TRUE;
}

/* 5 March 2026, 5th of March */
static gboolean
read_day_first (const Spoken * s, guint i, Date * date)
{
  const gchar *of = language_say (s->language, "of");
  gchar word[TEXT_MAX];
  guint j, end;

  if (!read_day (s, i, date))
    return FALSE;
  for (j = date->day.end; spoken_space (s, j); j++);
  for (end = j; spoken_letter (s, end); end++);
  if (j == date->day.end)
    return FALSE;
  if (end > j && spoken_text_of (s, j, end, word, sizeof (word), TRUE) > 0 &&
      strcmp (word, of) == 0)
    for (j = end; spoken_space (s, j); j++);
  if (!read_month (s, j, &date->month))
    return FALSE;
  date->end = date->month.end;
  read_year_behind (s, date->end, date);
  return TRUE;
}

/* 2026-03-05, 2026/3/5 */
static gboolean
read_year_first (const Spoken * s, guint i, Date * date)
{
  gunichar mark;

  if (!read_digits (s, i, 4, 4, &date->year))
    return FALSE;
  mark = spoken_at (s, date->year.end);
  if ((mark != '-' && mark != '/') ||
      !read_digits (s, date->year.end + 1, 1, 2, &date->month) ||
      spoken_at (s, date->month.end) != mark ||
      !read_digits (s, date->month.end + 1, 2 - (mark == '/'), 2, &date->day))
    return FALSE;
  date->end = date->day.end;
  return date->year.value >= 1000;
}

/* The two first numbers of 3/5/2026 are in the order of the language, unless
 * only the other is possible. */
static void
order_numbers (const Spoken * s, DatePart first, DatePart second, Date * date)
{
  gboolean day_first = s->language->date[0] == 'd' || first.value > 12;

  if (second.value > 12)
    day_first = FALSE;
  date->day = day_first ? first : second;
  date->month = day_first ? second : first;
}

/* 3/5/2026, 05.03.26; 3/5 only behind a word such as "on" */
static gboolean
read_numbers (const Spoken * s, guint i, Date * date)
{
  DatePart first, second;
  gunichar mark;
  gboolean dots;

  if (!read_digits (s, i, 1, 2, &first))
    return FALSE;
  mark = spoken_at (s, first.end);
  dots = mark == '.' && s->language->ordinal_dot;
  if ((mark != '/' && mark != '.' && mark != '-') ||
      !read_digits (s, first.end + 1, 1, 2, &second))
    return FALSE;
  order_numbers (s, first, second, date);
  if (spoken_at (s, second.end) == mark &&
      (read_digits (s, second.end + 1, 4, 4, &date->year) ||
          (read_digits (s, second.end + 1, 2, 2, &date->year) &&
              (mark == '/' || dots)))) {
    if (date->year.value < 100)
      date->year.value += date->year.value < 70 ? 2000 : 1900;
    date->end = date->year.end;
    return date->year.value >= 1000;
  }
  date->year.value = 0;
  date->end = second.end + dots;
  return (dots && spoken_at (s, second.end) == '.') || (mark == '/' &&
      (spoken_follows (s, i, s->language->date_after) ||
          (s->last == SPOKEN_DAY && s->last_end + 2 >= i)));
}

static gchar *
ordinal_words (const Spoken * s, const Date * date)
{
  GString *words = g_string_new (NULL);
  const gchar *rule = NULL;
  guint i = date->day.start;
  gchar word[TEXT_MAX];

  if (spoken_word_before (s, &i, word, sizeof (word)))
    rule = g_hash_table_lookup (s->language->ordinal_after, word);
  rule = rule ? rule : "ordinal";
  spoken_value (s, rule, date->day.value, words);
  if (date->last_day > 0) {
    g_string_append_printf (words, " %s ", language_say (s->language, "to"));
    spoken_value (s, rule, date->last_day, words);
  }
  return g_string_free (words, FALSE);
}

static void
say_date (Spoken * s, const Date * date, guint i, gboolean month_first)
{
  static const gchar *const names[] = { "date-dm", "date-dmy", "date-md",
    "date-mdy"
  };
  gboolean digits = spoken_digit (s, date->month.start);
  const gchar *month = s->language->month_names[date->month.value - 1];
  GString *year = g_string_new (NULL);
  gchar *day = ordinal_words (s, date);
  SpokenPart parts[] = {
    {"day", day, date->day.start, date->day.end},
    {"month", month, date->month.start, date->month.end},
    {"year", year->str, date->year.start, date->year.end},
  };

  if (date->year.value > 0)
    spoken_value (s, "year", date->year.value, year);
  parts[2].text = year->str;
  for (guint k = 0; digits && k < G_N_ELEMENTS (parts); k++) {
    parts[k].start = i;
    parts[k].end = date->end;
  }
  spoken_phrase (s, names[2 * month_first + (date->year.value > 0)], parts,
      date->year.value > 0 ? 3 : 2);
  s->kind = SPOKEN_DAY;
  g_free (day);
  g_string_free (year, TRUE);
}

/* Behind the date of 2026-03-05T14:30:00Z. */
static guint
say_time_behind (Spoken * s, guint i)
{
  guint used, end;

  if (spoken_at (s, i) != 'T' || !spoken_digit (s, i + 1))
    return i;
  spoken_say (s, language_say (s->language, "at-time"), i, i + 1);
  used = spoken_time (s, i + 1);
  end = i + 1 + used;
  if (used > 0 && spoken_at (s, end) == '.')
    for (end++; spoken_digit (s, end); end++);
  if (used > 0 && spoken_at (s, end) == 'Z' && spoken_ends_word (s, end + 1)) {
    spoken_say (s, language_say (s->language, "utc"), end, end + 1);
    end++;
  }
  return end;
}

/* Whether the name at @i has a number, a dash or another name beside it. */
static gboolean
is_among_dates (const Spoken * s, guint i, guint end)
{
  guint k = end, other;

  if (spoken_at (s, k) == '-' || spoken_at (s, k) == 0x2013)
    return read_name (s, s->language->days, k + 1, &other) != 0 ||
        read_name (s, s->language->months, k + 1, &other) != 0;
  if (s->last == SPOKEN_DAY && s->last_end + 3 >= i)
    return TRUE;
  k += spoken_at (s, k) == '.';
  k += spoken_at (s, k) == ',';
  while (spoken_space (s, k))
    k++;
  return k > end && (spoken_digit (s, k) ||
      read_name (s, s->language->months, k, &other) != 0);
}

static guint
say_name (Spoken * s, guint i, guint end, gchar * const *names, gint number)
{
  const gchar *name = names[ABS (number) - 1];
  gchar written[TEXT_MAX];
  gboolean whole = spoken_text_of (s, i, end, written, sizeof (written),
      FALSE) > 0 && strcmp (written, name) == 0;

  if (!whole && number < 0 && !is_among_dates (s, i, end))
    return 0;
  if (!whole && spoken_at (s, end) == '.')
    end++;
  spoken_say (s, name, i, end);
  s->kind = SPOKEN_DAY;
  return end - i;
}

/* A date that begins with a digit. */
static gboolean
read_any (const Spoken * s, guint i, Date * date)
{
  static gboolean (*const readers[]) (const Spoken *, guint, Date *) = {
    read_year_first, read_numbers, read_day_first,
  };

  for (guint k = 0; k < G_N_ELEMENTS (readers); k++) {
    memset (date, 0, sizeof (*date));
    if (readers[k] (s, i, date))
      return TRUE;
  }
  return FALSE;
}

/**
 * spoken_date:
 * @s: the chunk
 * @i: where
 *
 * Reads a date, or the name of a day or month.
 *
 * Returns: how many cells it was
 */
guint
spoken_date (Spoken * s, guint i)
{
  Date date = { 0 };
  guint end;
  gint number;

  if (!spoken_ends_word (s, i))
    return 0;
  if (spoken_letter (s, i)) {
    if (read_month_first (s, i, &date)) {
      say_date (s, &date, i, TRUE);
      return date.end - i;
    }
    number = read_name (s, s->language->days, i, &end);
    if (number != 0)
      return say_name (s, i, end, s->language->day_names, number);
    number = read_name (s, s->language->months, i, &end);
    return number == 0 ? 0 :
        say_name (s, i, end, s->language->month_names, number);
  }
  if (!spoken_digit (s, i))
    return 0;
  if (!read_any (s, i, &date))
    return 0;
  if (date.month.value < 1 || date.month.value > 12 || date.day.value < 1 ||
      date.day.value > 31 || !s->language->month_names[0])
    return 0;
  if (!spoken_ends_word (s, date.end) && spoken_at (s, date.end) != 'T')
    return 0;
  say_date (s, &date, i, spoken_digit (s, date.month.start) &&
      s->language->date[0] != 'd');
  return say_time_behind (s, date.end) - i;
}

typedef struct
{
  DatePart hour;
  DatePart minute;
  DatePart second;              /* end 0: none */
  guint half_start;             /* "am" or "pm" */
  guint half_end;               /* 0: none */
  const gchar *half;
  guint end;
} Time;

/* "am", "p.m.", "PM" behind a time. */
static void
read_half (const Spoken * s, guint i, Time * time)
{
  gchar word[16];
  guint j = i, letters = 0;

  while (spoken_space (s, j))
    j++;
  time->half_start = j;
  for (; spoken_letter (s, j) && letters < 8; j++) {
    word[letters++] = g_ascii_tolower (s->cells[j].c);
    if (s->cells[j].c >= 0x80 || !spoken_ends_word (s, j + 1))
      continue;
    if (spoken_at (s, j + 1) != '.' || !(spoken_letter (s, j + 2) ||
            letters > 1))
      continue;
    j++;
  }
  word[letters] = '\0';
  time->half = g_hash_table_lookup (s->language->halves, word);
  if (time->half && spoken_ends_word (s, j))
    time->end = time->half_end = j;
}

/* 14:30, 14:30:15, 9.30 pm, 9 am */
static gboolean
read_time (const Spoken * s, guint i, Time * time)
{
  guint minutes;

  if (!read_digits (s, i, 1, 2, &time->hour) || time->hour.value > 24)
    return FALSE;
  time->end = time->hour.end;
  minutes = time->end + 1;
  if (spoken_at (s, time->end) == ':' &&
      read_digits (s, minutes, 2, 2, &time->minute)) {
    time->end = time->minute.end;
    if (spoken_at (s, time->end) == ':' &&
        read_digits (s, time->end + 1, 2, 2, &time->second))
      time->end = time->second.end;
    else
      time->second.end = 0;
    read_half (s, time->end, time);
    return time->minute.value < 60 && time->second.value < 60 &&
        (spoken_ends_word (s, time->end) || spoken_at (s, time->end) == 'Z');
  }
  time->minute.end = 0;
  if (spoken_at (s, time->end) == '.' &&
      read_digits (s, minutes, 2, 2, &time->minute))
    time->end = time->minute.end;
  else
    memset (&time->minute, 0, sizeof (time->minute));
  read_half (s, time->end, time);
  return time->half_end > 0 && time->hour.value <= 12 &&
      time->minute.value < 60;
}

static const gchar *
time_phrase (const Time * time)
{
  gboolean half = time->half_end > 0;


  if (time->minute.value > 9)
    return half ? "time-half" : "time";
  if (time->minute.value > 0)
    return half ? "time-low-half" : "time-low";
  if (half)
    return "hour-half";
  return time->hour.value % 24 == 0 ? "midnight" :
      time->hour.value > 12 ? "hour-24" : "hour";
}

/* The word that a language puts behind a time, if it is there already. */
static guint
skip_time_word (const Spoken * s, guint i)
{
  const gchar *word = language_say (s->language, "time-word");
  glong length = g_utf8_strlen (word, -1);
  gchar text[TEXT_MAX];
  guint j = i;

  while (spoken_space (s, j))
    j++;
  if (length == 0 || !spoken_ends_word (s, j + length) ||
      spoken_text_of (s, j, j + length, text, sizeof (text), FALSE) == 0)
    return i;
  return strcmp (text, word) == 0 ? j + length : i;
}

/**
 * spoken_time:
 * @s: the chunk
 * @i: where
 *
 * Reads a time of day.
 *
 * Returns: how many cells it was
 */
guint
spoken_time (Spoken * s, guint i)
{
  GString *words[3];
  Time time = { 0 };
  SpokenPart parts[3], seconds;
  guint end;

  if (!spoken_digit (s, i) || !read_time (s, i, &time))
    return 0;
  for (guint k = 0; k < 3; k++)
    words[k] = g_string_new (NULL);
  spoken_value (s, language_say (s->language, "hour-rule"), time.hour.value,
      words[0]);
  spoken_value (s, NULL, time.minute.value, words[1]);
  spoken_value (s, NULL, time.second.value, words[2]);
  end = time.half_end > 0 ? MAX (time.second.end, MAX (time.minute.end,
          time.hour.end)) : skip_time_word (s, time.end);
  parts[0] = (SpokenPart) {
  "h", words[0]->str, i, end};
  parts[1] = (SpokenPart) {
  "m", words[1]->str, i, end};
  parts[2] = (SpokenPart) {
  "half", time.half, time.half_start, time.half_end};
  spoken_phrase (s, time_phrase (&time), parts, time.half_end > 0 ? 3 : 2);
  seconds = (SpokenPart) {
  "s", words[2]->str, time.half_end > 0 ?
        time.half_start : i, MAX (end, time.half_end)};
  if (time.second.value > 0)
    spoken_phrase (s, "seconds-behind", &seconds, 1);
  for (guint k = 0; k < 3; k++)
    g_string_free (words[k], TRUE);
  s->kind = SPOKEN_NUMBER;
  return MAX (end, time.end) - i;
}
