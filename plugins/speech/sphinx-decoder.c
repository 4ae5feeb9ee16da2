/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What pocketsphinx does, without its manners: models are loaded once and
 * lent, what it prints becomes a message, and where it would end the process
 * there is an error instead.
 *
 * A decoder cannot be shared, since each keeps the state of its search in its
 * models. So those that nobody uses wait in a pool for the next call with the
 * same models, whatever its grammar.
 *
 * Threads: any, one at a time for each decoder. Locks: `lock` guards the pool
 * and is a leaf; nothing is loaded with it held.
 */
#include "sphinx-decoder.h"
#include "sphinx-decoder-private.h"

#include <gst-voice/error.h>
#include <math.h>
#include <string.h>

/* More than this many at rest are only memory: 4 MB each, but 90 MB with a
 * large statistical model. */
#define POOL_MAX 8
#define POOL_MAX_LARGE 1
/* Where the decoder hears by itself: this much sound begins an utterance, this
 * much silence ends it. */
#define HEARS_START "10"
#define HEARS_STOP "40"
/* A sentence of a grammar is lost if its end drops out of the beam, as it does
 * with the usual 1e-48 when the sound ends within another word's beginning. A
 * grammar is small, so a wider one costs little. */
#define WIDE_BEAM 1e-60
static const gchar *const beams[] = { "-beam", "-pbeam", "-wbeam" };

/* pocketsphinx's scores have the base 1.0001 and lack ten bits. */
#define NATS (1024 * 0.0001)
/* At this distance a word is as likely wrong as right. */
#define FAR 4.5
#define STEEP 0.5

static GMutex lock;
static GSList *pool;            /* of SphinxDecoder that nobody uses */

static void
destroy (SphinxDecoder * self)
{
  if (self->ps)
    ps_free (self->ps);
  if (self->ear)
    fe_free (self->ear);
  if (self->cepstra)
    ckd_free_2d (self->cepstra);
  g_free (self->first_mean);
  g_free (self->key);
  g_free (self);
}

static cmd_ln_t *
configure (const SphinxSetup * setup)
{
  cmd_ln_t *config = cmd_ln_init (NULL, ps_args (), TRUE,
      "-hmm", setup->hmm, "-samprate", "16000", "-cmn", "live",
      "-remove_silence", "no", NULL);

  if (config && setup->lm) {
    cmd_ln_set_str_r (config, "-lm", setup->lm);
    cmd_ln_set_str_r (config, "-dict", setup->dict);
  }
  for (guint i = 0; config && !setup->lm && i < G_N_ELEMENTS (beams); i++)
    cmd_ln_set_float_r (config, beams[i], WIDE_BEAM);
  /* Behind a grammar a second search finds nothing new. */
  if (config && !setup->lm)
    cmd_ln_set_boolean_r (config, "-bestpath", FALSE);
  return config;
}

typedef struct
{
  SphinxDecoder *self;
  const SphinxSetup *setup;
} Load;

static void
load (gpointer data)
{
  Load *job = data;
  cmd_ln_t *config = configure (job->setup);

  if (!config)
    return;
  job->self->ps = ps_init (config);
  cmd_ln_free_r (config);
  config = cmd_ln_init (NULL, ps_args (), TRUE, "-samprate", "16000",
      "-remove_silence", "yes", "-vad_startspeech", HEARS_START,
      "-vad_postspeech", HEARS_STOP, NULL);
  if (!config)
    return;
  job->self->ear = fe_init_auto_r (config);
  cmd_ln_free_r (config);
}

static gboolean
check_file (const gchar * folder, const gchar * name, const gchar * what,
    GError ** error)
{
  gchar *path = folder ? g_build_filename (folder, name, NULL) :
      g_strdup (name);
  gboolean ok = g_file_test (path, G_FILE_TEST_IS_REGULAR);

  if (!ok)
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
        "no %s: there is no file '%s' (Debian's are in the package "
        "pocketsphinx-en-us)", what, path);
  g_free (path);
  return ok;
}

static gboolean
check_files (const SphinxSetup * setup, GError ** error)
{
  static const gchar *const parts[] = { "mdef", "means", "variances",
    "transition_matrices"
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (!check_file (setup->hmm, parts[i], "acoustic model", error))
      return FALSE;
  }
  return check_file (NULL, setup->dict, "dictionary", error) && (!setup->lm
      || check_file (NULL, setup->lm, "language model", error));
}

static SphinxDecoder *
load_new (const SphinxSetup * setup, gchar * key, GError ** error)
{
  SphinxDecoder *self = g_new0 (SphinxDecoder, 1);
  Load job = { self, setup };
  gchar *message = NULL;
  feat_t *features;

  self->key = key;
  self->is_large = setup->lm != NULL;
  if (!check_files (setup, error)) {
    destroy (self);
    return NULL;
  }
  sphinx_guard (load, &job, &message);
  if (!self->ps || !self->ear) {
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
        "cannot load the model '%s': %s", setup->lm ? setup->lm : setup->hmm,
        message ? message : "pocketsphinx does not say why");
    g_free (message);
    destroy (self);
    return NULL;
  }
  g_free (message);
  self->cepstra = (mfcc_t **) ckd_calloc_2d (EAR_FRAMES,
      fe_get_output_size (self->ear), sizeof (mfcc_t));
  features = ps_get_feat (self->ps);
  if (features->cmn_struct) {
    self->first_mean = g_new (mfcc_t, features->cmn_struct->veclen);
    cmn_live_get (features->cmn_struct, self->first_mean);
  }
  return self;
}

static SphinxDecoder *
take_from_pool (const gchar * key)
{
  SphinxDecoder *self = NULL;

  g_mutex_lock (&lock);
  for (GSList * l = pool; l; l = l->next) {
    if (strcmp (((SphinxDecoder *) l->data)->key, key) == 0) {
      self = l->data;
      pool = g_slist_delete_link (pool, l);
      break;
    }
  }
  g_mutex_unlock (&lock);
  return self;
}

/* What a call has taught the decoder is not for the next one: the same call
 * has the same words, whatever was before it. */
static void
forget (gpointer data)
{
  SphinxDecoder *self = data;

  if (self->first_mean)
    cmn_live_set (ps_get_feat (self->ps)->cmn_struct, self->first_mean);
  fe_start_stream (self->ear);
  fe_start_utt (self->ear);
}

/**
 * sphinx_decoder_new:
 * @setup: what to understand
 *
 * Takes a decoder from the pool or loads one, and gives it the grammar.
 *
 * Returns: (transfer full) (nullable): a decoder
 */
SphinxDecoder *
sphinx_decoder_new (const SphinxSetup * setup, GError ** error)
{
  gchar *key = g_strjoin ("\n", setup->hmm, setup->dict,
      setup->lm ? setup->lm : "", NULL);
  SphinxDecoder *self = take_from_pool (key);

  if (self)
    g_free (key);
  else
    self = load_new (setup, key, error);
  if (!self)
    return NULL;
  sphinx_guard (forget, self, NULL);
  self->has_grammar = setup->grammar != NULL;
  if ((setup->grammar && !sphinx_grammar_load (self, setup, error))
      || (setup->keyphrases && !sphinx_keyphrases_load (self, setup, error))) {
    sphinx_decoder_free (self);
    return NULL;
  }
  return self;
}

/**
 * sphinx_decoder_free:
 * @self: (transfer full): a decoder
 *
 * Returns it to the pool.
 */
void
sphinx_decoder_free (SphinxDecoder * self)
{
  guint same = 0;
  gboolean full;

  sphinx_decoder_end (self);
  g_mutex_lock (&lock);
  for (GSList * l = pool; l; l = l->next)
    same += ((SphinxDecoder *) l->data)->is_large == self->is_large;
  full = self->broken || same >= (self->is_large ? POOL_MAX_LARGE : POOL_MAX);
  if (!full)
    pool = g_slist_prepend (pool, self);
  g_mutex_unlock (&lock);
  if (full)
    destroy (self);
}

/**
 * sphinx_decoder_hears:
 * @self: a decoder
 * @samples: what came next, with or without an utterance
 * @n: how many
 *
 * For sound that nobody has cut into utterances.
 *
 * Returns: whether somebody speaks
 */
gboolean
sphinx_decoder_hears (SphinxDecoder * self, const gint16 * samples, gsize n)
{
  while (n > 0) {
    int32 frames = EAR_FRAMES, at;

    if (fe_process_frames (self->ear, &samples, &n, self->cepstra, &frames,
            &at) < 0)
      break;
  }
  return fe_get_vad_state (self->ear);
}

static void
begin (gpointer data)
{
  SphinxDecoder *self = data;

  ps_start_stream (self->ps);
  self->open = ps_start_utt (self->ps) == 0;
}

/* Where pocketsphinx would have ended the process, its decoder is not used any
 * more: nobody knows what state it is in. */
static void
guard (SphinxDecoder * self, void (*func) (gpointer data), gpointer data)
{
  if (!self->broken && !sphinx_guard (func, data, NULL))
    self->broken = TRUE;
}

/**
 * sphinx_decoder_begin:
 * @self: a decoder
 *
 * Begins an utterance.
 *
 * Returns: whether it is ready for one
 */
gboolean
sphinx_decoder_begin (SphinxDecoder * self)
{
  sphinx_decoder_end (self);
  guard (self, begin, self);
  return self->open && !self->broken;
}

typedef struct
{
  SphinxDecoder *self;
  const gint16 *samples;
  gsize n;
} Feed;

static void
feed (gpointer data)
{
  Feed *job = data;

  ps_process_raw (job->self->ps, job->samples, job->n, FALSE, FALSE);
}

/**
 * sphinx_decoder_feed:
 * @self: a decoder with an utterance
 * @samples: what came next
 * @n: how many
 */
void
sphinx_decoder_feed (SphinxDecoder * self, const gint16 * samples, gsize n)
{
  Feed job = { self, samples, n };

  if (self->open && n > 0)
    guard (self, feed, &job);
}

static void
end (gpointer data)
{
  SphinxDecoder *self = data;

  ps_end_utt (self->ps);
}

/**
 * sphinx_decoder_end:
 * @self: a decoder
 *
 * Ends the utterance, if there is one. sphinx_decoder_words() then says what
 * it has settled on.
 */
void
sphinx_decoder_end (SphinxDecoder * self)
{
  if (self->open)
    guard (self, end, self);
  self->open = FALSE;
}

static void
clear_word (gpointer data)
{
  g_free (((SphinxWord *) data)->text);
}

/* Silence, noise and transitions without a word have names in brackets. A
 * further pronunciation is the same word. */
static gchar *
written (const char *word)
{
  const gchar *open = strrchr (word, '(');

  if (strchr ("<[(", word[0]) || g_str_has_prefix (word, "++")
      || g_str_has_prefix (word, GARBAGE))
    return NULL;
  return open ? g_strndup (word, open - word) : g_utf8_make_valid (word, -1);
}

/* pocketsphinx knows how probable a word is among others only where it has a
 * statistical model. A grammar leaves no others; but its scores are relative
 * to the best that the sound could be in each frame. How far a frame's mean
 * lies behind that, in nats: words that were said 1 to 4.4, others from 3.8
 * on (docs/pocketsphinx.md). */
static gdouble
likelihood (SphinxDecoder * self, ps_seg_t * segment, guint frames)
{
  gint32 score;
  gdouble probability = logmath_exp (ps_get_logmath (self->ps),
      ps_seg_prob (segment, &score, NULL, NULL));

  if (!self->has_grammar)
    return CLAMP (probability, 0, 1);
  return 1 / (1 + exp ((-score * NATS / MAX (frames, 1) - FAR) / STEEP));
}

static void
take_segment (SphinxDecoder * self, ps_seg_t * segment, GArray * words)
{
  SphinxWord word = { written (ps_seg_word (segment)), 0, 0, -1 };
  int from, to;

  if (!word.text)
    return;
  ps_seg_frames (segment, &from, &to);
  word.from = MAX (from, 0);
  word.to = MAX (to + 1, from);
  if (!self->open)
    word.confidence = likelihood (self, segment, word.to - word.from);
  g_array_append_val (words, word);
}

static gint
compare_words (gconstpointer a, gconstpointer b)
{
  const SphinxWord *x = a, *y = b;

  return x->from < y->from ? -1 : x->from > y->from;
}

typedef struct
{
  SphinxDecoder *self;
  GArray *words;
} Ask;

static void
ask (gpointer data)
{
  Ask *job = data;
  ps_seg_t *segment = NULL;

  /* Without a hypothesis some searches have segments nevertheless. */
  if (ps_get_hyp (job->self->ps, NULL))
    segment = ps_seg_iter (job->self->ps);
  for (; segment; segment = ps_seg_next (segment))
    take_segment (job->self, segment, job->words);
}

/**
 * sphinx_decoder_words:
 * @self: a decoder with an utterance, open or ended
 *
 * Returns: (transfer full): the words so far, of #SphinxWord, in their order
 */
GArray *
sphinx_decoder_words (SphinxDecoder * self)
{
  Ask job = { self, g_array_new (FALSE, FALSE, sizeof (SphinxWord)) };

  g_array_set_clear_func (job.words, clear_word);
  guard (self, ask, &job);
  g_array_sort (job.words, compare_words);
  return job.words;
}
