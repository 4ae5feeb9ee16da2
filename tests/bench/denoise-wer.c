/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What noise suppression does to recognition: words that pocketsphinx gets
 * wrong in the recordings of Debian's pocketsphinx-testdata, clean and under
 * noise, without denoise and behind each method. Every recording is heard
 * with several noises and, for what is said in few words, with a grammar.
 */
#include "denoise-core.h"

#include <glib.h>
#include <math.h>
#include <pocketsphinx.h>
#include <string.h>

#define DATA "/usr/share/pocketsphinx/test/data/"
#define MODEL "/usr/share/pocketsphinx/model/en-us/"

enum
{
  RATE = 16000,
  SEEDS = 4,
  WAV_HEADER = 44
};

static const struct
{
  const gchar *search, *file, *said;
} recordings[] = {
  {"cards", "cards/001.wav", "ten of clubs"},
  {"cards", "cards/002.wav", "four queen of clubs"},
  {"cards", "cards/003.wav", "seven of clubs"},
  {"cards", "cards/004.wav", "five five"},
  {"cards", "cards/005.wav",
      "eight of spades four of clubs seven of hearts"},
  {"digits", "tidigits/dhd.2934z.raw", "two nine three four zero"},
  {"goforward", "goforward.raw", "go forward ten meters"},
  {"free", "librivox/sense_and_sensibility_01_austen_64kb-0870.wav",
      "and mister john dashwood had then leisure to consider how much there "
        "might be prudently in his power to do for them"},
  {"free", "librivox/sense_and_sensibility_01_austen_64kb-0880.wav",
      "he was not an ill disposed young man"},
  {"free", "librivox/sense_and_sensibility_01_austen_64kb-0890.wav",
      "unless to be rather cold hearted and rather selfish is to be ill "
        "disposed"},
  {"free", "librivox/sense_and_sensibility_01_austen_64kb-0920.wav",
      "had he married a more amiable woman he might have been made still "
        "more respectable than he was"},
  {"free", "librivox/sense_and_sensibility_01_austen_64kb-0930.wav",
      "he might even have been made amiable himself"},
};

static const gchar digits[] = "#JSGF V1.0;\ngrammar digits;\n"
    "public <digits> = <digit>+;\n<digit> = zero | one | two | three | four | "
    "five | six | seven | eight | nine;\n";

typedef struct
{
  gint16 *pcm;
  gsize n;
} Sound;

static Sound sounds[G_N_ELEMENTS (recordings)];

static gboolean
load_sounds (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++) {
    gchar *path = g_strconcat (DATA, recordings[i].file, NULL);
    gsize skip = g_str_has_suffix (path, ".wav") ? WAV_HEADER : 0, size;
    GError *error = NULL;
    gchar *data;

    if (!g_file_get_contents (path, &data, &size, &error)) {
      g_printerr ("%s\n", error->message);
      return FALSE;
    }
    sounds[i].n = (size - skip) / 2;
    sounds[i].pcm = g_memdup2 (data + skip, 2 * sounds[i].n);
    g_free (data);
    g_free (path);
  }
  return TRUE;
}

typedef void (*Noise) (GRand * random, gdouble * out, gsize n);

static void
white (GRand * random, gdouble * out, gsize n)
{
  for (gsize i = 0; i < n; i++)
    out[i] = g_rand_double_range (random, -1., 1.);
}

/* Falling by 3 dB an octave, roughly: three low-passes over each other. */
static void
pink (GRand * random, gdouble * out, gsize n)
{
  gdouble a = 0., b = 0., c = 0.;

  for (gsize i = 0; i < n; i++) {
    gdouble x = g_rand_double_range (random, -1., 1.);

    a += .003 * (x - a);
    b += .04 * (x - b);
    c += .4 * (x - c);
    out[i] = 12. * a + 3. * b + c;
  }
}

static const struct
{
  const gchar *name;
  Noise make;
} noises[] = { {"white", white}, {"pink", pink} };

static gdouble
power (const gdouble * x, gsize n)
{
  gdouble sum = 0.;

  for (gsize i = 0; i < n; i++)
    sum += x[i] * x[i];
  return sum / n;
}

/* A second before and after it, so that a method can settle. */
static gint16 *
mixed (const Sound * sound, Noise noise, gint snr, guint seed, gsize * n)
{
  GRand *random = g_rand_new_with_seed (seed);
  gdouble *clean, *other, gain = 0.;
  gint16 *pcm;

  *n = sound->n + 2 * RATE;
  clean = g_new0 (gdouble, *n);
  other = g_new0 (gdouble, *n);
  pcm = g_new (gint16, *n);
  for (gsize i = 0; i < sound->n; i++)
    clean[RATE + i] = sound->pcm[i];
  if (noise) {
    noise (random, other, *n);
    gain = sqrt (power (clean + RATE, sound->n) / power (other, *n)
        * pow (10., -snr / 10.));
  }
  for (gsize i = 0; i < *n; i++)
    pcm[i] = CLAMP (clean[i] + gain * other[i], G_MININT16, G_MAXINT16);
  g_rand_free (random);
  g_free (clean);
  g_free (other);
  return pcm;
}

/* In place, and shifted back by the latency. */
static void
denoise (gint method, gint16 * pcm, gsize n)
{
  DenoiseCore *core;
  gsize latency;

  if (method < 0)
    return;
  core = denoise_core_new (method, RATE);
  latency = denoise_core_latency (core);
  denoise_core_process (core, pcm, n, 1.f);
  memmove (pcm, pcm + latency, (n - latency) * 2);
  memset (pcm + n - latency, 0, latency * 2);
  denoise_core_free (core);
}

static guint
word_errors (const gchar * said, const gchar * heard, guint * words)
{
  gchar **a = g_strsplit (said, " ", -1), **b = g_strsplit (heard, " ", -1);
  guint n = g_strv_length (a), m = *heard ? g_strv_length (b) : 0, errors;
  guint *row = g_new (guint, m + 1);

  for (guint j = 0; j <= m; j++)
    row[j] = j;
  for (guint i = 1; i <= n; i++) {
    guint diagonal = row[0];

    row[0] = i;
    for (guint j = 1; j <= m; j++) {
      guint up = row[j];
      guint same = diagonal + !g_str_equal (a[i - 1], b[j - 1]);

      row[j] = MIN (same, MIN (up, row[j - 1]) + 1);
      diagonal = up;
    }
  }
  errors = row[m];
  *words += n;
  g_free (row);
  g_strfreev (a);
  g_strfreev (b);
  return errors;
}

static const gchar *
recognised (ps_decoder_t * ps, const gchar * search, const gint16 * pcm,
    gsize n)
{
  const gchar *text;
  int32 score;

  ps_set_search (ps, search);
  ps_start_utt (ps);
  ps_process_raw (ps, pcm, n, FALSE, TRUE);
  ps_end_utt (ps);
  text = ps_get_hyp (ps, &score);
  return text ? text : "";
}

/* Word error, %, of all recordings of one kind: few words or free speech. */
static gdouble
word_error_rate (ps_decoder_t * ps, gboolean free, gint method, Noise noise,
    gint snr)
{
  guint words = 0, errors = 0;

  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++) {
    const gchar *search = recordings[i].search;

    if (g_str_equal (search, "free") != free)
      continue;
    for (guint seed = 0; seed < (noise ? SEEDS : 1); seed++) {
      gsize n;
      gint16 *pcm = mixed (&sounds[i], noise, snr, 100 * i + seed, &n);

      denoise (method, pcm, n);
      errors += word_errors (recordings[i].said, recognised (ps, search, pcm,
              n), &words);
      g_free (pcm);
    }
  }
  return 100. * errors / words;
}

static ps_decoder_t *
decoder_new (void)
{
  cmd_ln_t *config = cmd_ln_init (NULL, ps_args (), TRUE, "-hmm",
      MODEL "en-us", "-dict", MODEL "cmudict-en-us.dict", "-logfn",
      "/dev/null", NULL);
  ps_decoder_t *ps = ps_init (config);

  cmd_ln_free_r (config);
  if (!ps || ps_set_jsgf_file (ps, "cards", DATA "cards/cards.gram") < 0 ||
      ps_set_jsgf_file (ps, "goforward", DATA "goforward.gram") < 0 ||
      ps_set_jsgf_string (ps, "digits", digits) < 0 ||
      ps_set_lm_file (ps, "free", MODEL "en-us.lm.bin") < 0)
    return NULL;
  return ps;
}

static void
print_row (ps_decoder_t * ps, gboolean free, const gchar * label, Noise noise,
    gint snr)
{
  g_print ("denoise-wer: %s, %s:", free ? "free speech" : "few words", label);
  for (gint method = -1; method <= DENOISE_SPEEXDSP; method++)
    if (method < 0 || denoise_core_has (method))
      g_print (" %s %.0f", method < 0 ? "none" : method == DENOISE_RNNOISE ?
          "rnnoise" : "speexdsp",
          word_error_rate (ps, free, method, noise, snr));
  g_print (" %% of the words wrong\n");
}

int
main (void)
{
  static const gint ratios[] = { 20, 10, 5 };
  ps_decoder_t *ps = decoder_new ();

  if (!ps || !load_sounds ()) {
    g_printerr ("pocketsphinx-en-us or pocketsphinx-testdata is missing\n");
    return 1;
  }
  for (guint free = 0; free < 2; free++) {
    print_row (ps, free, "clean", NULL, 0);
    for (guint k = 0; k < G_N_ELEMENTS (noises); k++) {
      for (guint r = 0; r < G_N_ELEMENTS (ratios); r++) {
        gchar *label = g_strdup_printf ("%s %d dB", noises[k].name, ratios[r]);

        print_row (ps, free, label, noises[k].make, ratios[r]);
        g_free (label);
      }
    }
  }
  ps_free (ps);
  for (guint i = 0; i < G_N_ELEMENTS (sounds); i++)
    g_free (sounds[i].pcm);
  return 0;
}
