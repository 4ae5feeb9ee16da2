/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The hearing of the stand-ins: frames of 10 ms, each of them loud or not.
 *
 * Threads: one at a time.
 */
#include "provider-ear.h"

#include <string.h>

#define LOUD (400. * 400.)      /* mean square of 16 bits: -38 dB */
#define WORD_MS 200
#define FRAME_MS 10

struct _ProviderEar
{
  ProviderMind *mind;
  ProviderSound sound;
  guint rate, silence_ms;
  ProviderEarFunc func;
  gpointer data;

  guint64 n_frames;
  gdouble energy;               /* of the frame so far */
  guint n_samples;              /* in it */
  gint odd;                     /* the first byte of a sample, or -1 */
  gboolean speaks;
  guint start, last;            /* speech: its beginning, the last loud end */
  GPtrArray *known;
  GPtrArray *all;
};

ProviderEar *
provider_ear_new (ProviderMind * mind, ProviderSound sound, guint rate,
    guint silence_ms, ProviderEarFunc func, gpointer data)
{
  ProviderEar *ear = g_new0 (ProviderEar, 1);

  ear->mind = mind;
  ear->sound = sound;
  ear->rate = MAX (rate, 8000);
  ear->silence_ms = MAX (silence_ms, FRAME_MS);
  ear->func = func;
  ear->data = data;
  ear->odd = -1;
  ear->known = g_ptr_array_new ();
  return ear;
}

void
provider_ear_free (ProviderEar * ear)
{
  g_ptr_array_unref (ear->known);
  g_clear_pointer (&ear->all, g_ptr_array_unref);
  g_free (ear);
}

guint
provider_ear_ms (ProviderEar * ear)
{
  return ear->n_frames * FRAME_MS;
}

static void
tell (ProviderEar * ear, ProviderEarEvent event)
{
  const ProviderHearing hearing = {.text = provider_mind_hears (ear->mind),
    .words = ear->known,.start = ear->start,.end = ear->last
  };

  ear->func (ear->data, event, &hearing);
}

static void
know (ProviderEar * ear, guint n_words)
{
  while (ear->known->len < MIN (n_words, ear->all->len))
    g_ptr_array_add (ear->known, ear->all->pdata[ear->known->len]);
}

static void
begin_speech (ProviderEar * ear)
{
  ear->speaks = TRUE;
  ear->start = ear->last - FRAME_MS;
  g_clear_pointer (&ear->all, g_ptr_array_unref);
  ear->all = provider_words (provider_mind_hears (ear->mind));
  g_ptr_array_set_size (ear->known, 0);
  tell (ear, EAR_STARTED);
}

gboolean
provider_ear_flush (ProviderEar * ear)
{
  if (!ear->speaks)
    return FALSE;
  ear->speaks = FALSE;
  know (ear, G_MAXUINT);
  tell (ear, EAR_ENDED);
  provider_mind_heard (ear->mind);
  return TRUE;
}

void
provider_ear_forget (ProviderEar * ear)
{
  ear->speaks = FALSE;
}

static void
take_frame (ProviderEar * ear, gboolean loud)
{
  guint now = (guint)++ ear->n_frames * FRAME_MS;
  guint known;

  if (!loud) {
    if (ear->speaks && now - ear->last >= ear->silence_ms)
      provider_ear_flush (ear);
    return;
  }
  ear->last = now;
  if (!ear->speaks)
    begin_speech (ear);
  known = (ear->last - ear->start) / WORD_MS;
  /* The last word is known at the end only. */
  if (known > ear->known->len && known < ear->all->len) {
    know (ear, known);
    tell (ear, EAR_MORE);
  }
}

static void
take_sample (ProviderEar * ear, gint16 sample)
{
  ear->energy += (gdouble) sample *sample;

  if (++ear->n_samples < ear->rate * FRAME_MS / 1000)
    return;
  take_frame (ear, ear->energy / ear->n_samples > LOUD);
  ear->energy = 0;
  ear->n_samples = 0;
}

/* ITU-T G.711, table 2a */
static gint16
mulaw_sample (guint8 byte)
{
  gint value = ~byte & 0xff;
  gint magnitude = (((value & 15) << 3) + 132) << ((value & 0x70) >> 4);

  return value & 0x80 ? 132 - magnitude : magnitude - 132;
}

void
provider_ear_take (ProviderEar * ear, const guint8 * data, gsize size)
{
  for (gsize i = 0; i < size; i++) {
    if (ear->sound == SOUND_MULAW) {
      take_sample (ear, mulaw_sample (data[i]));
    } else if (ear->odd < 0) {
      ear->odd = data[i];
    } else {
      take_sample (ear, (gint16) (ear->odd | data[i] << 8));
      ear->odd = -1;
    }
  }
}

/* Returns: when that word begins; of the one behind the last: the end */
guint
provider_hearing_start (const ProviderHearing * hearing, guint word)
{
  return hearing->start + (hearing->end - hearing->start) * word
      / MAX (hearing->words->len, 1);
}

gchar *
provider_hearing_text (const ProviderHearing * hearing)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < hearing->words->len; i++)
    g_string_append_printf (text, "%s%s", i ? " " : "",
        (gchar *) hearing->words->pdata[i]);
  return g_string_free (text, FALSE);
}
