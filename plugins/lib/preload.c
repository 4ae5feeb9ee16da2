/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a process that forks one for each call should have loaded before, so
 * that the calls share it and do not wait for it. Elements say what that is
 * when their class is made.
 *
 * Threads: any. Locks: one, a leaf; not held while anything is loaded.
 */
#include "preload.h"

#include <string.h>

#define MAX_FUNCS 32

static GMutex lock;
static GstVoicePreloadFunc funcs[MAX_FUNCS];    /* lock */
static guint n_funcs;           /* lock */

/**
 * gst_voice_preload_add:
 * @func: what loads
 *
 * For class_init functions.
 */
void
gst_voice_preload_add (GstVoicePreloadFunc func)
{
  g_mutex_lock (&lock);
  g_warn_if_fail (n_funcs < MAX_FUNCS);
  if (n_funcs < MAX_FUNCS)
    funcs[n_funcs++] = func;
  g_mutex_unlock (&lock);
}

/**
 * gst_voice_preload:
 * @persona: of the calls to come
 *
 * For a program that forks calls, when the classes of their elements are there
 * and before it has threads.
 */
void
gst_voice_preload (GstVoicePersona * persona)
{
  GstVoicePreloadFunc copy[MAX_FUNCS];
  guint n;

  g_mutex_lock (&lock);
  n = n_funcs;
  memcpy (copy, funcs, sizeof copy);
  g_mutex_unlock (&lock);
  for (guint i = 0; i < n; i++)
    copy[i] (persona);
}
