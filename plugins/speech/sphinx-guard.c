/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Calls pocketsphinx so that its complaints come back as text. What it calls a
 * fatal error, such as a model that is damaged, ends the call and not the
 * process; what it had allocated is lost then.
 *
 * Threads: any. Locks: none.
 */
#include "sphinx-decoder-private.h"

#include <gst/gst.h>
#include <setjmp.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (pocketsphinx_debug);
#define GST_CAT_DEFAULT pocketsphinx_debug

typedef struct
{
  jmp_buf fatal;
  gchar *message;
} Watch;

static __thread Watch *watch;

/* Without 'ERROR: "file.c", line 1: ' and the line's end. */
static gchar *
plain (gchar * text)
{
  gchar *from = strstr (text, "line ");
  gchar *colon = from ? strstr (from, ": ") : NULL;

  return g_strdup (g_strstrip (colon ? colon + 2 : text));
}

static void
take_message (gpointer data, err_lvl_t level, const gchar * format, ...)
{
  gchar text[1200];
  va_list args;

  if (level < ERR_ERROR
      && gst_debug_category_get_threshold (pocketsphinx_debug) <
      GST_LEVEL_DEBUG)
    return;
  va_start (args, format);
  g_vsnprintf (text, sizeof text, format, args);
  va_end (args);
  GST_DEBUG ("%s", g_strchomp (text));
  if (level < ERR_ERROR || !watch)
    return;
  if (!watch->message)
    watch->message = plain (text);
  if (level == ERR_FATAL)
    longjmp (watch->fatal, 1);
}

static gpointer
take_over (gpointer data)
{
  GST_DEBUG_CATEGORY_INIT (pocketsphinx_debug, "pocketsphinx", 0,
      "what pocketsphinx itself says");
  err_set_logfp (NULL);
  err_set_callback ((err_cb_f) take_message, NULL);
  return NULL;
}

/**
 * sphinx_guard:
 * @func: calls pocketsphinx
 * @data: for @func
 * @message: (out) (optional) (nullable): its first complaint
 *
 * Returns: %FALSE if it met a fatal error
 */
gboolean
sphinx_guard (void (*func) (gpointer data), gpointer data, gchar ** message)
{
  static GOnce once = G_ONCE_INIT;
  Watch own = { 0 };
  gboolean ok = FALSE;

  g_once (&once, take_over, NULL);
  watch = &own;
  if (setjmp (own.fatal) == 0) {
    func (data);
    watch = NULL;
    ok = TRUE;
  }
  watch = NULL;
  if (message)
    *message = own.message;
  else
    g_free (own.message);
  return ok;
}
