/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Items of an OpenAI session in any order: three bytes are what happens, to
 * which, and behind which.
 */
#include <openai-stt-items.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static const gchar *
name_of (guint8 byte, gchar * name)
{
  name[0] = 'a' + byte / 26 % 26;
  name[1] = 'a' + byte % 26;
  name[2] = '\0';
  return byte == 255 ? NULL : name;
}

static void
happen (OpenaiSttItems * items, const uint8_t * what)
{
  gchar one[3], other[3];
  const gchar *id = name_of (what[1], one);
  const gchar *previous = name_of (what[2], other);
  OpenaiSttItem *item;

  switch (what[0] % 5) {
    case 0:
      item = openai_stt_items_add (items, id, previous);
      g_assert (item == openai_stt_items_find (items, id));
      break;
    case 1:
      item = openai_stt_items_find (items, id);
      if (item && !item->done)
        openai_stt_item_take_text (item, previous ? previous : "", what[0] & 1);
      break;
    case 2:
      item = openai_stt_items_find (items, id);
      if (item)
        item->over = TRUE;
      break;
    case 3:
      item = openai_stt_items_find (items, id);
      if (item)
        item->done = TRUE;
      break;
    default:
      while ((item = openai_stt_items_first (items)) && item->done)
        openai_stt_items_drop_first (items);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  OpenaiSttItems *items = openai_stt_items_new ();
  guint n = 0;

  for (; size >= 3; data += 3, size -= 3)
    happen (items, data);
  for (; openai_stt_items_first (items); n++)
    openai_stt_items_drop_first (items);
  g_assert_cmpuint (n, <=, 64);
  g_assert (!openai_stt_items_owe (items));
  openai_stt_items_free (items);
  return 0;
}
