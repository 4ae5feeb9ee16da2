/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The order of what is said in an OpenAI session: each item names the one
 * before it.
 *
 * Threads: one at a time. Locks: none.
 */
#include "openai-stt-items.h"

#include <string.h>

/* More at a time is nobody's speech. */
#define MAX_ITEMS 64
/* Events of an item that is over may still come. */
#define MAX_OVER 16
/* Nobody says as much in one breath; each delta tells the whole again. */
#define MAX_TEXT (64 * 1024)

struct _OpenaiSttItems
{
  GQueue items;                 /* of OpenaiSttItem, in order */
  GQueue over;                  /* of gchar *: ids */
};

static void
item_free (gpointer data)
{
  OpenaiSttItem *item = data;

  g_free (item->id);
  g_string_free (item->text, TRUE);
  g_free (item->language);
  g_free (item);
}

/**
 * openai_stt_items_new:
 *
 * Returns: (transfer full): none
 */
OpenaiSttItems *
openai_stt_items_new (void)
{
  return g_new0 (OpenaiSttItems, 1);
}

/**
 * openai_stt_items_clear:
 * @items: items, of a session that is over
 */
void
openai_stt_items_clear (OpenaiSttItems * items)
{
  g_queue_clear_full (&items->items, item_free);
  g_queue_clear_full (&items->over, g_free);
}

/**
 * openai_stt_items_free:
 * @items: (transfer full): items
 */
void
openai_stt_items_free (OpenaiSttItems * items)
{
  openai_stt_items_clear (items);
  g_free (items);
}

static GList *
find_link (OpenaiSttItems * items, const gchar * id)
{
  for (GList * l = items->items.head; id && l; l = l->next) {
    if (g_str_equal (((OpenaiSttItem *) l->data)->id, id))
      return l;
  }
  return NULL;
}

static gboolean
is_over (OpenaiSttItems * items, const gchar * id)
{
  return g_queue_find_custom (&items->over, id, (GCompareFunc) g_strcmp0)
      != NULL;
}

/**
 * openai_stt_items_find:
 * @items: items
 * @id: (nullable): one of them
 *
 * Returns: (transfer none) (nullable): that item
 */
OpenaiSttItem *
openai_stt_items_find (OpenaiSttItems * items, const gchar * id)
{
  GList *l = find_link (items, id);

  return l ? l->data : NULL;
}

/* Behind @previous; @before is where it stands. */
static void
move_behind (OpenaiSttItems * items, GList * link, const gchar * previous)
{
  GList *behind = find_link (items, previous);

  if (!behind || behind == link || link->prev == behind)
    return;
  g_queue_unlink (&items->items, link);
  g_queue_insert_after (&items->items, behind, link->data);
  g_list_free (link);
}

/**
 * openai_stt_items_add:
 * @items: items
 * @id: (nullable): perhaps a new one
 * @previous: (nullable): the one before it, if that is said
 *
 * Returns: (transfer none) (nullable): that item; %NULL if it was over before,
 *   or there are too many
 */
OpenaiSttItem *
openai_stt_items_add (OpenaiSttItems * items, const gchar * id,
    const gchar * previous)
{
  GList *link = find_link (items, id);
  OpenaiSttItem *item;

  if (!link && (!id || is_over (items, id)
          || items->items.length == MAX_ITEMS))
    return NULL;
  if (!link) {
    item = g_new0 (OpenaiSttItem, 1);
    item->id = g_strdup (id);
    item->text = g_string_new (NULL);
    item->start = item->end = SPEECH_NO_TIME;
    g_queue_push_tail (&items->items, item);
    link = items->items.tail;
  }
  item = link->data;
  move_behind (items, link, previous);
  return item;
}

/**
 * openai_stt_item_take_text:
 * @item: an item that is not done
 * @text: more of what was said, or all of it
 * @whole: whether it is all
 *
 * Returns: whether it was taken; not if it would be far too long
 */
gboolean
openai_stt_item_take_text (OpenaiSttItem * item, const gchar * text,
    gboolean whole)
{
  if (whole)
    g_string_truncate (item->text, 0);
  if (strlen (text) > MAX_TEXT - item->text->len)
    return FALSE;
  g_string_append (item->text, text);
  return TRUE;
}

/**
 * openai_stt_items_first:
 * @items: items
 *
 * Returns: (transfer none) (nullable): the one that is to be told next
 */
OpenaiSttItem *
openai_stt_items_first (OpenaiSttItems * items)
{
  return g_queue_peek_head (&items->items);
}

/**
 * openai_stt_items_drop_first:
 * @items: items, of which the first is told
 */
void
openai_stt_items_drop_first (OpenaiSttItems * items)
{
  OpenaiSttItem *item = g_queue_pop_head (&items->items);

  g_queue_push_tail (&items->over, g_strdup (item->id));
  if (items->over.length > MAX_OVER)
    g_free (g_queue_pop_head (&items->over));
  item_free (item);
}

/**
 * openai_stt_items_owe:
 * @items: items
 *
 * Returns: whether a text is to be expected, since it was said
 */
gboolean
openai_stt_items_owe (OpenaiSttItems * items)
{
  for (GList * l = items->items.head; l; l = l->next) {
    const OpenaiSttItem *item = l->data;

    if (item->over && !item->done)
      return TRUE;
  }
  return FALSE;
}
