/* There are no files, processes, signals and no environment: every question is answered with no. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ABSENT(type, name, parameters, why, answer) \
  type name parameters \
  { \
    errno = why; \
    return answer; \
  }

#pragma GCC diagnostic ignored "-Wunused-parameter"

/* Files: the tree is empty but for its root. */
ABSENT(int, open, (const char *path, int flags, ...), ENOENT, -1)
ABSENT(int, stat, (const char *path, struct stat *into), ENOENT, -1)
ABSENT(int, lstat, (const char *path, struct stat *into), ENOENT, -1)
ABSENT(int, access, (const char *path, int mode), ENOENT, -1)
ABSENT(int, unlink, (const char *path), ENOENT, -1)
ABSENT(int, rename, (const char *from, const char *to), ENOENT, -1)
ABSENT(int, chdir, (const char *path), ENOENT, -1)
ABSENT(int, mkdir, (const char *path, mode_t mode), EROFS, -1)
ABSENT(int, rmdir, (const char *path), ENOENT, -1)
ABSENT(ssize_t, readlink, (const char *path, char *into, size_t size), ENOENT, -1)
ABSENT(DIR *, opendir, (const char *path), ENOENT, NULL)
ABSENT(struct dirent *, readdir, (DIR * folder), EBADF, NULL)
ABSENT(int, closedir, (DIR * folder), EBADF, -1)
ABSENT(FILE *, fopen, (const char *path, const char *mode), ENOENT, NULL)
ABSENT(int, fstat, (int file, struct stat *into), EBADF, -1)
ABSENT(int, close, (int file), EBADF, -1)
ABSENT(off_t, lseek, (int file, off_t offset, int whence), ESPIPE, -1)
ABSENT(int, isatty, (int file), ENOTTY, 0)
ABSENT(int, fcntl, (int file, int command, ...), EINVAL, -1)
ABSENT(int, ioctl, (int file, int command, ...), ENOTTY, -1)

char *getcwd(char *into, size_t size)
{
  if (size < 2) {
    errno = ERANGE;
    return NULL;
  }
  return strcpy(into, "/");
}

/* Processes and the environment. */
ABSENT(int, system, (const char *command), ENOSYS, -1)
ABSENT(char *, getenv, (const char *name), 0, NULL)
ABSENT(char *, secure_getenv, (const char *name), 0, NULL)
ABSENT(pid_t, getpid, (void), 0, 1)
ABSENT(pid_t, getppid, (void), 0, 1)

/* Signals: none ever comes. */
ABSENT(int, sigaction, (int which, const struct sigaction *new, struct sigaction *old), ENOSYS, -1)
ABSENT(int, sigprocmask, (int how, const sigset_t *new, sigset_t *old), 0, 0)
ABSENT(int, raise, (int which), ENOSYS, -1)
ABSENT(int, kill, (pid_t process, int which), ENOSYS, -1)

void (*signal(int which, void (*handler)(int)))(int)
{
  errno = ENOSYS;
  return SIG_ERR;
}
