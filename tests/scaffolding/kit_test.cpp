// El dueño de un descriptor, la comprobación de las llamadas al sistema y el aviso de paso pendiente.
#include "programs/kit.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace {

using kit::Descriptor;

int opened() { return kit::check("open", ::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

static_assert(!std::is_copy_constructible_v<Descriptor> && !std::is_copy_assignable_v<Descriptor>);
static_assert(std::is_nothrow_move_constructible_v<Descriptor> && std::is_nothrow_move_assignable_v<Descriptor>);
static_assert(!std::is_convertible_v<int, Descriptor>, "tomar posesión no puede ser un descuido");

TEST(Descriptor, ClosesItsDescriptorWhenItIsDestroyed) {
  const int fd = opened();
  {
    const Descriptor owner{fd};
    EXPECT_EQ(owner.get(), fd);
    EXPECT_TRUE(owner.is_open());
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, MayOwnNothing) {
  Descriptor none;
  EXPECT_EQ(none.get(), -1);
  EXPECT_FALSE(none.is_open());
  EXPECT_EQ(none.release(), -1);
  none.reset();
  EXPECT_FALSE(Descriptor{-1}.is_open());
}

TEST(Descriptor, PassesOnWhatItOwnsWhenItIsMoved) {
  const int fd = opened();
  Descriptor first{fd};
  const Descriptor second{std::move(first)};
  EXPECT_EQ(second.get(), fd);
  EXPECT_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): es lo que se comprueba
  EXPECT_TRUE(is_open(fd));
}

TEST(Descriptor, ClosesWhatItOwnedWhenItReceivesAnother) {
  const int old = opened();
  const int fresh = opened();
  Descriptor owner{old};
  {
    Descriptor other{fresh};
    owner = std::move(other);
  }
  EXPECT_EQ(owner.get(), fresh);
  EXPECT_TRUE(is_open(fresh));
  EXPECT_FALSE(is_open(old));
}

TEST(Descriptor, SurvivesBeingMovedToItself) {
  Descriptor owner{opened()};
  Descriptor& same = owner;
  owner = std::move(same);
  EXPECT_TRUE(owner.is_open());
  EXPECT_TRUE(is_open(owner.get()));
}

TEST(Descriptor, ReleasesWithoutClosing) {
  const int fd = opened();
  {
    Descriptor owner{fd};
    EXPECT_EQ(owner.release(), fd);
    EXPECT_FALSE(owner.is_open());
  }
  EXPECT_TRUE(is_open(fd));
  EXPECT_EQ(::close(fd), 0);
}

// Un segundo close(2) del mismo número cierra lo que otro haya abierto mientras tanto.
TEST(Descriptor, ClosesOnlyOnce) {
  Descriptor owner{opened()};
  const int fd = owner.get();
  owner.reset();
  EXPECT_FALSE(owner.is_open());
  EXPECT_FALSE(is_open(fd));
  const Descriptor other{opened()};
  ASSERT_EQ(other.get(), fd) << "el núcleo da el número libre más bajo";
  owner.reset();
  EXPECT_TRUE(is_open(fd));
}

TEST(Descriptor, KeepsErrnoEvenIfCloseFails) {
  const int closed = opened();
  ASSERT_EQ(::close(closed), 0);
  for (const int fd : {opened(), closed}) {
    Descriptor owner{fd};
    errno = EXDEV;
    owner.reset();
    EXPECT_EQ(errno, EXDEV);
  }
  ASSERT_EQ(::fcntl(closed, F_GETFD), -1);
  errno = EXDEV;
  { const Descriptor owner{closed}; }
  EXPECT_EQ(errno, EXDEV);
}

// Con la entrada estándar cerrada, el siguiente descriptor es el 0.
TEST(DescriptorDeathTest, OwnsDescriptorZero) {
  const auto own_zero = [] {
    ::close(0);
    Descriptor owner{opened()};
    const bool owned = owner.is_open() && owner.get() == 0;
    owner.reset();
    ::_exit(owned && !is_open(0) ? 0 : 1);
  };
  EXPECT_EXIT(own_zero(), testing::ExitedWithCode(0), "");
}

TEST(Check, ReturnsWhatTheCallReturned) {
  for (const int result : {0, 7, -2}) EXPECT_EQ(kit::check("socket", result), result);
}

TEST(Check, ThrowsErrnoAndTheNameOfTheCall) {
  errno = EADDRINUSE;
  try {
    kit::check("bind", -1);
    FAIL() << "tenía que lanzar";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::error_code(EADDRINUSE, std::generic_category()));
    EXPECT_EQ(error.what(), "bind: " + error.code().message());
  }
}

std::string announcement(int todo, int line) {
  return "^pendiente: TODO\\(" + std::to_string(todo) + "\\) en .*kit_test\\.cpp:" + std::to_string(line) + "\n$";
}

TEST(PendingDeathTest, EndsTheProgramAndPointsToTheCaller) {
  EXPECT_EQ(kit::pending_status, 78);
  const int line = __LINE__ + 1;
  const auto student = [] { return kit::pending(2); };
  EXPECT_EXIT(student(), testing::ExitedWithCode(78), announcement(2, line));
}

TEST(PendingDeathTest, TakesAlongWhatTheStepWillUse) {
  const int line = __LINE__ + 1;
  const auto student = [](int domain, const std::string& host) { return kit::pending(12, domain, host); };
  EXPECT_EXIT(student(1, "127.0.0.1"), testing::ExitedWithCode(78), announcement(12, line));
}

}  // namespace
