/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which writes of a phone call are under way or may have been done, so that
 * none is made a second time because its answer was lost. A write is known by
 * its tool and its arguments, whatever their order: a model that tries again
 * names the call anew. One whose outcome is known is forgotten.
 *
 * Threads: any.
 * Locks: `lock`, a leaf.
 */
#include "tool-ledger.h"

#include <string.h>

typedef struct
{
  gchar *name, *key;
  JsonNode *arguments;
  guint attempts;
  gboolean runs;
} Entry;

struct _ToolLedger
{
  GMutex lock;
  GPtrArray *entries;           /* of Entry */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->name);
  g_free (entry->key);
  json_node_unref (entry->arguments);
  g_free (entry);
}

/**
 * tool_ledger_new:
 *
 * Returns: (transfer full): a ledger with nothing in it
 */
ToolLedger *
tool_ledger_new (void)
{
  ToolLedger *ledger = g_new0 (ToolLedger, 1);

  g_mutex_init (&ledger->lock);
  ledger->entries = g_ptr_array_new_with_free_func (entry_free);
  return ledger;
}

/**
 * tool_ledger_free:
 * @ledger: (transfer full): a ledger
 */
void
tool_ledger_free (ToolLedger * ledger)
{
  g_ptr_array_unref (ledger->entries);
  g_mutex_clear (&ledger->lock);
  g_free (ledger);
}

/**
 * tool_ledger_clear:
 * @ledger: a ledger
 *
 * What comes next is another phone call.
 */
void
tool_ledger_clear (ToolLedger * ledger)
{
  g_mutex_lock (&ledger->lock);
  g_ptr_array_set_size (ledger->entries, 0);
  g_mutex_unlock (&ledger->lock);
}

static Entry *
find_locked (ToolLedger * ledger, const gchar * name, JsonNode * arguments)
{
  for (guint i = 0; i < ledger->entries->len; i++) {
    Entry *entry = ledger->entries->pdata[i];

    if (strcmp (entry->name, name) == 0
        && gst_voice_json_equal (entry->arguments, arguments))
      return entry;
  }
  return NULL;
}

static Entry *
find_key_locked (ToolLedger * ledger, const gchar * key)
{
  for (guint i = 0; i < ledger->entries->len; i++) {
    Entry *entry = ledger->entries->pdata[i];

    if (strcmp (entry->key, key) == 0)
      return entry;
  }
  return NULL;
}

/**
 * tool_ledger_begin:
 * @ledger: a ledger
 * @name: of a tool that writes
 * @arguments: of the call
 * @key: (inout) (transfer full): that of the call; it becomes that under which
 *   the same was tried before
 * @attempts: (out): how many were made under that key
 *
 * A write is about to be made. If it is new, or its outcome is unknown, it is
 * the caller's now, who says with tool_ledger_end() what came of it.
 *
 * Returns: whether it may be made
 */
ToolLedgerState
tool_ledger_begin (ToolLedger * ledger, const gchar * name,
    JsonNode * arguments, gchar ** key, guint * attempts)
{
  ToolLedgerState state = TOOL_LEDGER_NEW;
  Entry *entry;

  g_mutex_lock (&ledger->lock);
  entry = find_locked (ledger, name, arguments);
  if (entry) {
    state = entry->runs ? TOOL_LEDGER_RUNS : TOOL_LEDGER_UNKNOWN;
    g_free (*key);
    *key = g_strdup (entry->key);
  } else if (ledger->entries->len == TOOL_LEDGER_SIZE) {
    state = TOOL_LEDGER_FULL;
  } else {
    entry = g_new0 (Entry, 1);
    entry->name = g_strdup (name);
    entry->key = g_strdup (*key);
    entry->arguments = gst_voice_json_copy (arguments);
    g_ptr_array_add (ledger->entries, entry);
  }
  if (entry)
    entry->runs = TRUE;
  *attempts = entry ? entry->attempts : 0;
  g_mutex_unlock (&ledger->lock);
  return state;
}

/**
 * tool_ledger_attempt:
 * @ledger: a ledger
 * @key: of a write that is under way
 *
 * Returns: the number of the attempt that is made now, from 1
 */
guint
tool_ledger_attempt (ToolLedger * ledger, const gchar * key)
{
  guint attempts = 1;
  Entry *entry;

  g_mutex_lock (&ledger->lock);
  entry = find_key_locked (ledger, key);
  if (entry)
    attempts = ++entry->attempts;
  g_mutex_unlock (&ledger->lock);
  return attempts;
}

/**
 * tool_ledger_end:
 * @ledger: a ledger
 * @key: of a write that was under way
 * @known: whether it is known if it was done
 */
void
tool_ledger_end (ToolLedger * ledger, const gchar * key, gboolean known)
{
  Entry *entry;

  g_mutex_lock (&ledger->lock);
  entry = find_key_locked (ledger, key);
  if (entry && known)
    g_ptr_array_remove (ledger->entries, entry);
  else if (entry)
    entry->runs = FALSE;
  g_mutex_unlock (&ledger->lock);
}
