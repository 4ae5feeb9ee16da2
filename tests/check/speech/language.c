/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Languages are data: German is spoken by its file alone, a plural of three
 * forms can be expressed, and a file that is wrong is refused with a reason.
 */
#include "chunks.h"

#include <string.h>

static void
german (void)
{
  static const SpokenRow rows[] = {
    {"1", "eins."},
    {"21", "einundzwanzig."},
    {"31", "einunddrei\u00dfig."},
    {"99", "neunundneunzig."},
    {"100", "einhundert."},
    {"121", "einhunderteinundzwanzig."},
    {"1.000", "eintausend."},
    {"1.234.567", "eine Million zweihundertvierunddrei\u00dfigtausend"
          "f\u00fcnfhundertsiebenundsechzig."},
    {"201.000", "zweihunderteintausend."},
    {"2.000.000", "zwei Millionen."},
    {"3,5", "drei Komma f\u00fcnf."},
    {"-5", "minus f\u00fcnf."},
    {"1999", "neunzehnhundertneunundneunzig."},
    {"2024", "zweitausendvierundzwanzig."},
    {"im Jahr 1845", "im Jahr achtzehnhundertf\u00fcnfundvierzig."},
    {"3,50 \u20ac", "drei Euro f\u00fcnfzig."},
    {"1 \u20ac", "ein Euro."},
    {"\u20ac20", "zwanzig Euro."},
    {"0,99 \u20ac", "neunundneunzig Cent."},
    {"1.234,56 \u20ac", "eintausendzweihundertvierunddrei\u00dfig Euro "
          "sechsundf\u00fcnfzig."},
    {"1,2 Mio. \u20ac", "eins Komma zwei Millionen Euro."},
    {"1 Mio. Leute", "eine Million Leute."},
    {"14:30 Uhr", "vierzehn Uhr drei\u00dfig."},
    {"14:30", "vierzehn Uhr drei\u00dfig."},
    {"1:00 Uhr", "ein Uhr."},
    {"9:05", "neun Uhr f\u00fcnf."},
    {"5. M\u00e4rz 2026", "f\u00fcnfter M\u00e4rz zweitausendsechsundzwanzig."},
    {"am 5. M\u00e4rz", "am f\u00fcnften M\u00e4rz."},
    {"Heute ist der 21. Mai.", "Heute ist der einundzwanzigste Mai."},
    {"am 05.03.2026", "am f\u00fcnften M\u00e4rz zweitausendsechsundzwanzig."},
    {"am 5.3. um 9 Uhr", "am f\u00fcnften M\u00e4rz um neun Uhr."},
    {"am 3. Tag", "am dritten Tag."},
    {"das 1. Mal", "das erste Mal."},
    {"5 km", "f\u00fcnf Kilometer."},
    {"1 h", "eine Stunde."},
    {"1 Minute", "eine Minute."},
    {"1 Tag", "ein Tag."},
    {"3x", "drei mal."},
    {"inkl. 19 % MwSt., d. h. alles", "inklusive neunzehn Prozent "
          "Mehrwertsteuer, das hei\u00dft alles."},
    {"2h30", "zwei Stunden drei\u00dfig Minuten."},
    {"20 \u00b0C", "zwanzig Grad Celsius."},
    {"5 %", "f\u00fcnf Prozent."},
    {"10\u201315 kg", "zehn bis f\u00fcnfzehn Kilogramm."},
    {"100 km/h", "einhundert Kilometer pro Stunde."},
    {"z.B. Tee", "zum Beispiel Tee."},
    {"z. B. Tee", "zum Beispiel Tee."},
    {"d.h. Tee", "das hei\u00dft Tee."},
    {"Tee usw.", "Tee und so weiter."},
    {"Dr. Meier", "Doktor Meier."},
    {"Hr. Meier und Fr. Beck", "Herr Meier und Frau Beck."},
    {"ca. 5 Leute", "circa f\u00fcnf Leute."},
    {"Nr. 5", "Nummer f\u00fcnf."},
    {"Mo-Fr", "Montag bis Freitag."},
    {"die EU und der ADAC", "die E U und der A D A C."},
    {"a & b", "a und b."},
    {"030 5550199", "null drei null, f\u00fcnf f\u00fcnf f\u00fcnf null eins "
          "neun neun."},
    {"info@example.de", "info at example Punkt D E."},
    {"3/4", "drei Viertel."},
    {"Stra\u00dfe", "Stra\u00dfe."},
  };
  Language *language = language_load ("de-DE", NULL);
  Speakable *core;

  g_assert_nonnull (language);
  core = speakable_new (language);
  speakable_set_clause_words (core, 0);
  check_rows (core, rows, G_N_ELEMENTS (rows));
  speakable_free (core);
  language_unref (language);
}

/* Polish: one, two to four, and the rest, but for the teens. */
static void
three_forms (void)
{
  static const gchar data[] = "{\"plural\": [\"=1\","
      "\"%10=2..4 & %100!=12..14\", \"\"],"
      "\"rules\": {\"cardinal\": [\"zero\", \"jeden\", \"n\"]},"
      "\"units\": {\"s\": [\"sekunda\", \"sekundy\", \"sekund\"]}}";
  static const SpokenRow rows[] = {
    {"1 s", "jeden sekunda."},
    {"2 s", "n sekundy."},
    {"5 s", "n sekund."},
    {"12 s", "n sekund."},
    {"22 s", "n sekundy."},
    {"0 s", "zero sekund."},
  };
  Language *language = language_new_from_data (data, -1, NULL, NULL);
  Speakable *core;

  g_assert_nonnull (language);
  core = speakable_new (language);
  check_rows (core, rows, G_N_ELEMENTS (rows));
  speakable_free (core);
  language_unref (language);
}

static void
unknown_language (void)
{
  static const SpokenRow rows[] = {
    {"Custa **3,50** \u20ac hoje.", "Custa 3,50 \u20ac hoje."},
    {"\xf0\x9f\x98\x80 14:30 em ponto", "14:30 em ponto"},
    {"50% de 10-15 km!", "50% de 10-15 km!"},
    {"- um\n- dois", "um | dois"},
    {"Dr. Silva", "Dr. | Silva"},
    {"um \u2014 dois ", "um dois"},
  };
  Speakable *core = speakable_new (NULL);

  speakable_set_clause_words (core, 0);
  check_rows (core, rows, G_N_ELEMENTS (rows));
  speakable_free (core);
}

static void
loading (void)
{
  static const gchar *const missing[] = { "xx", "", "../en", "e/n", "-GB",
    "12"
  };
  Language *language;

  for (guint i = 0; i < G_N_ELEMENTS (missing); i++) {
    GError *error = NULL;

    g_assert_null (language_load (missing[i], &error));
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_error_free (error);
  }
  language = language_load ("EN_us", NULL);
  g_assert_nonnull (language);
  g_assert_true (language_ref (language) == language);
  language_unref (language);
  language_unref (language);
}

#define RULES "\"rules\": {\"cardinal\": [\"a\"]}"

static void
wrong_files (void)
{
  static const struct
  {
    const gchar *json;
    const gchar *reason;        /* a part of the message */
  } rows[] = {
    {"[]", "no object"},
    {"{}", "cardinal"},
    {"{\"rules\": []}", "rules"},
    {"{\"rules\": {\"cardinal\": 5}}", "cardinal"},
    {"{\"rules\": {\"cardinal\": [5]}}", "cardinal"},
    {"{\"rules\": {\"cardinal\": [\"5: a\", \"3: b\"]}}", "cannot use"},
    {"{\"rules\": {\"cardinal\": [\"=no=\"]}}", "does not work"},
    {"{\"rules\": {\"cardinal\": [\"=cardinal=\"]}}", "does not work"},
    {"{\"rules\": {\"cardinal\": [\"a\", \"b [c\"]}}", "does not work"},
    {"{\"rules\": {\"cardinal\": [\"a <b\"]}}", "does not work"},
    {"{" RULES ", \"say\": 1}", "say"},
    {"{" RULES ", \"say\": {\"dot\": 1}}", "dot"},
    {"{" RULES ", \"months\": [[\"x\"]]}", "months"},
    {"{" RULES ", \"days\": [1, 2, 3, 4, 5, 6, 7]}", "days"},
    {"{" RULES ", \"units\": {\"km\": []}}", "km"},
    {"{" RULES ", \"units\": {\"km\": [1]}}", "km"},
    {"{" RULES ", \"units\": {\"km\": [\"a\", \"b\", \"c\", \"d\", \"e\"]}}",
        "km"},
    {"{" RULES ", \"currencies\": {\"X\": {}}}", "major"},
    {"{" RULES ", \"currencies\": {\"X\": 1}}", "X"},
    {"{" RULES ", \"currencies\": {\"X\": {\"major\": \"x\", \"minor\": 1}}}",
        "minor"},
    {"{" RULES ", \"currencies\": {\"X\": {\"major\": \"x\", \"signs\": 1}}}",
        "signs"},
    {"{" RULES ", \"abbreviations\": {\"nosuch\": {}}}", "nosuch"},
    {"{" RULES ", \"abbreviations\": {\"word\": {\"x\": 1}}}", "x"},
    {"{" RULES ", \"format\": {\"nosuch\": 1}}", "nosuch"},
    {"{" RULES ", \"format\": {\"date\": \"ddd\"}}", "date"},
    {"{" RULES ", \"starters\": {}}", "starters"},
    {"{" RULES ", \"starters\": [1]}", "starters"},
    {"{" RULES ", \"bare\": 1}", "bare"},
    {"{" RULES ", \"vowels\": 1}", "vowels"},
    {"{" RULES ", \"plural\": [1]}", "plural"},
    {"{" RULES ", \"decade-endings\": [[\"a\"]]}", "decade-endings"},
    {"{" RULES ", \"words\": {\"\": \"x\"}}", "words"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;

    g_assert_null (language_new_from_data (rows[i].json, -1, NULL, &error));
    g_assert_nonnull (error);
    if (!strstr (error->message, rows[i].reason)) {
      g_test_message ("%s: %s", rows[i].json, error->message);
      g_test_fail ();
    }
    g_error_free (error);
  }
  g_assert_null (language_new_from_data ("{", -1, NULL, NULL));
}

/* A region replaces members, objects are merged, and it cannot nest. */
static void
regions (void)
{
  static const gchar data[] = "{" RULES ", \"format\": {\"group\": \"'\"},"
      "\"regions\": {\"GB\": {\"format\": {\"date\": \"dmy\"},"
      "\"regions\": {\"GB\": {\"format\": 1}}}}}";
  Language *language = language_new_from_data (data, -1, "GB", NULL);

  g_assert_nonnull (language);
  g_assert_cmpstr (language->date, ==, "dmy");
  g_assert_true (language->group == '\'');
  language_unref (language);
  language = language_new_from_data (data, -1, "FR", NULL);
  g_assert_cmpstr (language->date, ==, "mdy");
  language_unref (language);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/language/german", german);
  g_test_add_func ("/language/three-forms", three_forms);
  g_test_add_func ("/language/unknown", unknown_language);
  g_test_add_func ("/language/loading", loading);
  g_test_add_func ("/language/wrong-files", wrong_files);
  g_test_add_func ("/language/regions", regions);
  return g_test_run ();
}
