/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "openai-stt-wire.h"

/* What is said, one item after the other. The service may finish with them in
 * any order; they are told in theirs. */

typedef struct
{
  gchar *id;
  GString *text;                /* as far as it is known */
  gchar *language;              /* (nullable) */
  gint64 start, end;            /* of it, or SPEECH_NO_TIME */
  guint64 covered;              /* the sample behind it, where end is none */
  gboolean over;                /* nobody says more of it */
  gboolean done;                /* the text is final */
} OpenaiSttItem;

typedef struct _OpenaiSttItems OpenaiSttItems;

OpenaiSttItems *openai_stt_items_new (void);
void openai_stt_items_free (OpenaiSttItems * items);
void openai_stt_items_clear (OpenaiSttItems * items);

OpenaiSttItem *openai_stt_items_find (OpenaiSttItems * items,
    const gchar * id);
OpenaiSttItem *openai_stt_items_add (OpenaiSttItems * items, const gchar * id,
    const gchar * previous);
OpenaiSttItem *openai_stt_items_first (OpenaiSttItems * items);
gboolean openai_stt_item_take_text (OpenaiSttItem * item, const gchar * text,
    gboolean whole);
void openai_stt_items_drop_first (OpenaiSttItems * items);
gboolean openai_stt_items_owe (OpenaiSttItems * items);
