/* The first process of a virtual machine that has nothing but a program: it loads the drivers that the
   program is given, runs it with its arguments, tells its status, and switches the machine off. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { LINE = 4096, WORDS = LINE / 2 };

/* What the kernel was told with it, up to the next blank; NULL where it was not. */
static char *told(char *line, const char *name)
{
  size_t length = strlen(name);
  for (char *word = strtok(line, " \n"); word != NULL; word = strtok(NULL, " \n"))
    if (strncmp(word, name, length) == 0) return word + length;
  return NULL;
}

static char *parameter(const char *name)
{
  char line[LINE];
  int file = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t got = file < 0 ? -1 : read(file, line, sizeof line - 1);
  if (file >= 0) close(file);
  if (got < 0) return NULL;
  line[got] = 0;
  char *found = told(line, name);
  return found == NULL ? NULL : strdup(found);
}

/* Every argument ends with a comma; a percent sign and two digits are a byte. */
static void words(char *text, char **argv)
{
  size_t count = 1;
  while (text != NULL && *text != 0 && count < WORDS) {
    char *from = text, *to = text;
    argv[count++] = text;
    while (*from != 0 && *from != ',') {
      char digits[3] = { 0 };
      if (*from == '%' && from[1] != 0 && from[2] != 0) {
        memcpy(digits, from + 1, 2);
        *to++ = (char)strtol(digits, NULL, 16);
        from += 3;
      } else
        *to++ = *from++;
    }
    text = *from == 0 ? from : from + 1;
    *to = 0;
  }
  argv[count] = NULL;
}

/* Drivers are named in a file, one a line, each after those that it needs. A machine without their
   device refuses them, which is no mistake. */
static void load_modules(void)
{
  char path[LINE];
  FILE *list = fopen("/modules", "re");
  if (list == NULL) return;
  while (fgets(path, sizeof path, list) != NULL) {
    path[strcspn(path, "\n")] = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    syscall(SYS_finit_module, file, "", 0);
    close(file);
  }
  fclose(list);
}

/* What a program prints comes out as it is, and what it reads is not printed. */
static void plain_console(void)
{
  struct termios settings;
  if (tcgetattr(0, &settings) != 0) return;
  settings.c_oflag &= ~(tcflag_t)OPOST;
  settings.c_lflag &= ~(tcflag_t)ECHO;
  tcsetattr(0, TCSANOW, &settings);
}

static int run(char **argv)
{
  int status;
  pid_t program = fork();
  if (program == 0) {
    setsid();
    execv(argv[0], argv);
    fprintf(stderr, "cannot start the program: %s\n", strerror(errno));
    _exit(127);
  }
  if (program < 0) return 127;
  /* Orphans end up here as well. */
  for (;;) {
    pid_t ended = wait(&status);
    if (ended == program) break;
    if (ended < 0 && errno != EINTR) return 127;
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void)
{
  static char *argv[WORDS + 1] = { "/program" };
  mkdir("/proc", 0755);
  mkdir("/sys", 0755);
  mkdir("/dev", 0755);
  mkdir("/tmp", 01777);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("sysfs", "/sys", "sysfs", 0, NULL);
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  /* The kernel opens no console where it has no devices yet. */
  int console = open("/dev/console", O_RDWR);
  for (int stream = 0; stream < 3 && console >= 0; stream++) dup2(console, stream);
  if (console > 2) close(console);
  plain_console();
  load_modules();
  words(parameter("mbuild.arguments="), argv);
  setenv("PATH", "/bin", 1);
  setenv("HOME", "/", 1);
  setenv("TMPDIR", "/tmp", 1);
  int status = run(argv);
  tcdrain(1);
  char *port = parameter("mbuild.status=");
  int file = port == NULL ? -1 : open(port, O_WRONLY | O_NOCTTY);
  if (file >= 0) {
    dprintf(file, "%d\n", status);
    tcdrain(file);
    close(file);
  }
  sync();
  reboot(RB_POWER_OFF);
  for (;;) pause();
}
