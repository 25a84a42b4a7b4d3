// El archivo de un estudiante: dónde se busca, y qué sale de compilarlo.
#include "grader/compile.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "child.hpp"
#include "grader/toolchain.hpp"
#include "programs/kit.hpp"
#include "temp_folder.hpp"
#include "witness/process.hpp"

namespace {

namespace fs = std::filesystem;

// El mensaje con el que falla una búsqueda.
template <class Search>
std::string message_of(const Search& search) {
  try {
    search();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nada";
}

TEST(LabFolder, IsTheOneWithItsNumber) {
  EXPECT_EQ(grader::lab_folder(1), fs::path{grader::toolchain::labs} / "lab1-socket");
  EXPECT_EQ(message_of([] { grader::lab_folder(99); }), "no existe la carpeta labs/lab99-*");
}

class FindSource : public testing::Test {
protected:
  [[nodiscard]] std::string complaint() const {
    return message_of([&] { grader::find_source(folder_.path(), 1); });
  }
  TempFolder folder_;
};

TEST_F(FindSource, TakesALooseFile) {
  const fs::path file = folder_.write("lab1.cpp", "");
  EXPECT_EQ(grader::find_source(folder_.path(), 1), file);
}

TEST_F(FindSource, TakesAFileInTheFolderOfTheLab) {
  const fs::path file = folder_.write("lab1-socket/lab1.cpp", "");
  EXPECT_EQ(grader::find_source(folder_.path(), 1), file);
}

TEST_F(FindSource, PrefersTheLooseFile) {
  const fs::path loose = folder_.write("lab1.cpp", "");
  ASSERT_TRUE(fs::exists(folder_.write("lab1-socket/lab1.cpp", "")));
  EXPECT_EQ(grader::find_source(folder_.path(), 1), loose);
}

TEST_F(FindSource, SaysThatTheFolderDoesNotExist) {
  const std::string folder = (folder_.path() / "no_existe").string();
  EXPECT_EQ(message_of([&] { grader::find_source(folder, 1); }),
            "no existe la carpeta «" + folder + "»: SRC=carpeta debe contener lab1.cpp o lab1-socket/lab1.cpp");
}

TEST_F(FindSource, SaysThatAFileIsNotAFolder) {
  const std::string file = folder_.write("lab1.cpp", "").string();
  EXPECT_EQ(message_of([&] { grader::find_source(file, 1); }),
            "«" + file + "» no es una carpeta: SRC=carpeta debe contener lab1.cpp o lab1-socket/lab1.cpp");
}

TEST_F(FindSource, SaysWhatIsMissing) {
  const std::string message =
      "en la carpeta «" + folder_.path().string() + "» no está lab1.cpp ni lab1-socket/lab1.cpp";
  EXPECT_EQ(complaint(), message);
  ASSERT_TRUE(fs::exists(folder_.write("lab2.cpp", "")));
  EXPECT_EQ(complaint(), message) << "el de otro laboratorio no vale";
  fs::create_directory(folder_.path() / "lab1.cpp");
  EXPECT_EQ(complaint(), message) << "una carpeta no es un archivo";
}

// Un laboratorio 1 que no usa sockets: «create A B» responde lo que vale esta expresión de domain y type.
std::string lab1(const std::string& expression) {
  const std::string rest = "#include \"lab1.hpp\"\nvoid lab1::close_socket(int) {}\n";
  return rest + "int lab1::create_socket(int domain, int type) { return " + expression + "; }\n";
}

class Compile : public testing::Test {
protected:
  // Siempre en la misma carpeta: lo que se construye hoy reemplaza a lo que se construyó ayer. También es la de los
  // archivos temporales del compilador, que quedan si lo matan.
  Compile() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    ::setenv("TMPDIR", folder_.c_str(), 1);
  }

  const grader::Compilation& compile(const std::string& text, bool colour = false) {
    const fs::path source = folder_ / "lab1.cpp";
    std::ofstream{source} << text;
    compilation_ = grader::compile(source, 1, colour);
    if (compilation_.built) program_ = compilation_.program;
    return compilation_;
  }

  // Lo que dice el programa, por las dos salidas, a lo que se le escribe.
  [[nodiscard]] std::string says(const std::string& order) const {
    return output_of("echo '" + order + "' | '" + program_.string() + "' 2>&1");
  }

  [[nodiscard]] static std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> output{::popen(command.c_str(), "r"), &::pclose};
    std::string text;
    std::array<char, 4096> block;
    while (const std::size_t count = ::fread(block.data(), 1, block.size(), output.get())) {
      text.append(block.data(), count);
    }
    return text;
  }

  [[nodiscard]] std::vector<std::string> names_beside_the_program() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator{program_.parent_path()}) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  fs::path folder_ = fs::path{grader::toolchain::programs}.parent_path() / "compile_test" /
                     testing::UnitTest::GetInstance()->current_test_info()->name();
  grader::Compilation compilation_;
  fs::path program_;
};

TEST_F(Compile, BuildsTheProgramWithItsSanitizers) {
  ASSERT_TRUE(compile(lab1("domain + type")).built) << compilation_.messages;
  EXPECT_EQ(compilation_.messages, "");
  EXPECT_GT(compilation_.seconds, 0);
  EXPECT_EQ(says("create 2 3"), "descriptor 5\n");
  EXPECT_NE(says("create 2147483647 1").find("signed integer overflow"), std::string::npos) << "UBSan está";
}

// El que vigila las carreras es otro programa, al lado; se construyen a la vez.
TEST_F(Compile, BuildsAnotherProgramToWatchRaces) {
  const fs::path source = folder_ / "lab7.cpp";
  std::ofstream{source} << R"(#include <thread>
#include "lab7.hpp"
namespace lab7 {
long run_process_server(std::uint16_t) { return 0; }
long run_thread_server(std::uint16_t) {
  long shared = 0;
  std::thread other{[&] { ++shared; }};
  ++shared;
  other.join();
  return shared;
}
}
)";
  grader::Compiling races{source, 7, grader::Watch::races, false};
  grader::Compiling memory{source, 7, grader::Watch::memory, false};
  const grader::Compilation built = races.finish();
  program_ = memory.finish().program;
  ASSERT_NE(program_, "");
  if (!built.built) GTEST_SKIP() << "aquí no hay ThreadSanitizer: " << built.messages;
  EXPECT_EQ(built.program, grader::race_program(program_));
  EXPECT_EQ(names_beside_the_program().size(), 2U);
  const std::string run = "setarch -R '" + built.program.string() + "' hilos 0 2>&1";
  program_ = built.program;
  EXPECT_NE(output_of(run).find("ThreadSanitizer: data race"), std::string::npos);
}

// Quien abandona una compilación no deja al compilador en marcha ni medio programa.
TEST_F(Compile, LeavesNothingOfAnAbandonedBuild) {
  ASSERT_TRUE(compile(lab1("domain")).built);
  const fs::path pipe = folder_ / "wait.hpp";
  kit::check("mkfifo", ::mkfifo(pipe.c_str(), 0600));
  std::ofstream{folder_ / "lab1.cpp"} << "#include \"wait.hpp\"\n";
  kit::Descriptor writer;
  {
    const grader::Compiling abandoned{folder_ / "lab1.cpp", 1, grader::Watch::memory, false};
    writer = kit::Descriptor{kit::check("open", ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC))};  // ya está en marcha
    fs::remove(pipe);
  }
  writer.reset();
  until([] { return witness::descendants(::getpid()).empty(); });
  EXPECT_EQ(names_beside_the_program(), std::vector<std::string>{"lab1"});
}

// Un archivo que no compila deja el programa que había, y nada más; uno que compila lo reemplaza.
TEST_F(Compile, ReplacesTheOlderProgramOnlyIfItBuilds) {
  ASSERT_TRUE(compile(lab1("domain")).built);
  fs::remove_all(program_.parent_path());
  ASSERT_TRUE(compile(lab1("domain + type")).built);
  EXPECT_EQ(names_beside_the_program(), std::vector<std::string>{"lab1"});
  EXPECT_FALSE(compile(lab1("no_existe")).built);
  EXPECT_EQ(compilation_.program, "");
  const std::string place = (folder_ / "lab1.cpp").string() + ":3:";
  EXPECT_NE(compilation_.messages.find(place), std::string::npos) << compilation_.messages;
  EXPECT_NE(compilation_.messages.find("no_existe"), std::string::npos);
  EXPECT_EQ(says("create 2 3"), "descriptor 5\n");
  ASSERT_TRUE(compile(lab1("domain * type")).built);
  EXPECT_EQ(says("create 2 3"), "descriptor 6\n");
  EXPECT_EQ(names_beside_the_program(), std::vector<std::string>{"lab1"});
}

// Dos entregas evaluadas a la vez no se mezclan.
TEST_F(Compile, KeepsApartTheProgramsOfDifferentFolders) {
  ASSERT_TRUE(compile(lab1("domain + type")).built);
  const fs::path sum = program_;
  folder_ /= "otra";
  fs::create_directories(folder_);
  ASSERT_TRUE(compile(lab1("domain * type")).built);
  EXPECT_NE(program_, sum);
  EXPECT_EQ(says("create 2 3"), "descriptor 6\n");
}

// El esqueleto compila sin un solo aviso, y su programa tiene un nombre fácil de recordar, se escriba como se escriba
// su ruta.
TEST_F(Compile, GivesTheProgramOfTheStarterAnEasyName) {
  const fs::path labs{grader::toolchain::labs};
  const grader::Compilation starter = grader::compile(labs / ".." / "labs" / "lab1-socket" / "lab1.cpp", 1, false);
  EXPECT_EQ(starter.messages, "");
  EXPECT_EQ(starter.program, fs::path{grader::toolchain::programs} / "lab1");
}

// Un aviso se muestra, y el programa se prueba igualmente.
TEST_F(Compile, ShowsWarningsAndBuildsAnyway) {
  EXPECT_TRUE(compile(lab1("domain") + "static int unused_function() { return 0; }\n", true).built);
  EXPECT_NE(compilation_.messages.find("unused_function"), std::string::npos) << compilation_.messages;
  EXPECT_NE(compilation_.messages.find('\x1b'), std::string::npos) << "con colores";
}

TEST_F(Compile, KeepsAPartOfEndlessMessages) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "#warning " + std::string(100, 'x') + '\n';
  EXPECT_FALSE(compile(text + "#error fin\n").built);
  EXPECT_EQ(compilation_.messages.size(), 64U << 10);
  EXPECT_EQ(compilation_.messages.find('\x1b'), std::string::npos) << "sin colores";
}

// El archivo incluye una tubería. Cuando el compilador la abre, ya está en marcha y no puede acabar: se mira qué límite
// de procesador tiene, se le deja un segundo y se le da una bomba de mil millones de expansiones.
TEST_F(Compile, StopsACompilerThatDoesNotEnd) {
  const fs::path pipe = folder_ / "bomb.hpp";
  kit::check("mkfifo", ::mkfifo(pipe.c_str(), 0600));
  auto end = std::async(std::launch::async, [&] { compile("#include \"bomb.hpp\"\n"); });
  kit::Descriptor bomb{kit::check("open", ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC))};
  fs::remove(pipe);  // si lo abre otra vez (Clang lo hace para contar que ha muerto), ya no está
  const std::vector<pid_t> compilers = witness::descendants(::getpid());
  EXPECT_FALSE(compilers.empty());
  for (const pid_t compiler : compilers) {
    const rlimit one_second{1, 1};
    rlimit limit{};
    kit::check("prlimit", ::prlimit(compiler, RLIMIT_CPU, &one_second, &limit));
    EXPECT_LE(limit.rlim_cur, 60U);
  }
  std::string text = "#define A0\n";
  for (int i = 1; i < 10; ++i) {
    text += "#define A" + std::to_string(i);
    for (int times = 0; times < 10; ++times) text += " A" + std::to_string(i - 1);
    text += '\n';
  }
  text += "A9\n";
  EXPECT_EQ(::write(bomb.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  bomb.reset();
  end.get();
  EXPECT_FALSE(compilation_.built);
  EXPECT_NE(compilation_.messages, "");
}

}  // namespace
