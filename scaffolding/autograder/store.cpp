#include "autograder/store.hpp"

#include <random>
#include <stdexcept>

namespace autograder {

namespace {

// Si cambia la forma de las tablas, cambia este número: un archivo de otra versión no se interpreta mal.
constexpr int version = 1;
constexpr int wait_ms = 10'000;

constexpr const char* tables = R"(
  CREATE TABLE IF NOT EXISTS class (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS results (
    id INTEGER PRIMARY KEY, lab INTEGER NOT NULL, hash TEXT NOT NULL, evaluator TEXT NOT NULL, seed INTEGER NOT NULL,
    outcome TEXT NOT NULL, UNIQUE (lab, hash, evaluator, seed));
)";

}  // namespace

// Una orden de SQL con sus datos, que nunca se mezclan con su texto.
class Store::Statement {
public:
  Statement(const Store& store, const char* sql) : store_{store} {
    if (sqlite3_prepare_v2(store.database_.get(), sql, -1, &statement_, nullptr) != SQLITE_OK) store.fail();
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& with(long long number) {
    sqlite3_bind_int64(statement_, ++bound_, number);
    return *this;
  }
  Statement& with(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& with(const Key& key) { return with(key.lab).with(key.hash).with(key.evaluator).with(key.seed); }

  // La fila siguiente; `false` si no hay más.
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) store_.fail();
    return code == SQLITE_ROW;
  }

  long long number(int column) { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {bytes, bytes + sqlite3_column_bytes(statement_, column)};
  }

private:
  const Store& store_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

Store::Store(const std::filesystem::path& file) : file_{file} {
  sqlite3* database = nullptr;
  const int code = sqlite3_open(file.c_str(), &database);
  database_.reset(database);
  if (code != SQLITE_OK) fail();
  sqlite3_busy_timeout(database, wait_ms);
  Statement found{*this, "PRAGMA user_version"};
  found.step();
  if (const long long other = found.number(0); other != 0 && other != version) {
    throw std::runtime_error{"«" + file.string() + "» es de otra versión del autocalificador: usa otra carpeta OUT="};
  }
  together([this] {
    run(tables);
    run(("PRAGMA user_version = " + std::to_string(version)).c_str());
  });
}

void Store::fail() const {
  throw std::runtime_error{"no se pueden guardar los resultados en «" + file_.string() +
                           "»: " + sqlite3_errmsg(database_.get())};
}

void Store::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

unsigned Store::seed(std::optional<unsigned> asked) {
  Statement kept{*this, "SELECT value FROM class WHERE name = 'seed'"};
  const bool known = kept.step();
  if (known && !asked) return static_cast<unsigned>(std::stoul(kept.text(0)));
  const unsigned seed = asked ? *asked : std::random_device{}();
  Statement{*this, "INSERT OR REPLACE INTO class VALUES ('seed', ?)"}.with(std::to_string(seed)).step();
  return seed;
}

std::optional<JobResult> Store::find(const Key& key) {
  Statement found{*this, "SELECT outcome FROM results WHERE lab = ? AND hash = ? AND evaluator = ? AND seed = ?"};
  if (!found.with(key).step()) return std::nullopt;
  return read_result(found.text(0));
}

void Store::put(const Key& key, const JobResult& result) {
  const nlohmann::ordered_json json = result;
  // Lo que no es UTF-8 (lo puede haber enviado el programa) se sustituye.
  const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  Statement{*this, "INSERT OR REPLACE INTO results (lab, hash, evaluator, seed, outcome) VALUES (?, ?, ?, ?, ?)"}
      .with(key)
      .with(text)
      .step();
}

void Store::forget(const Key& key) {
  Statement{*this, "DELETE FROM results WHERE lab = ? AND hash = ? AND evaluator = ? AND seed = ?"}.with(key).step();
}

void Store::adopt(const Key& key) {
  Statement{*this,
            "UPDATE OR IGNORE results SET evaluator = ?1 WHERE id ="
            " (SELECT max(id) FROM results WHERE lab = ?2 AND hash = ?3 AND seed = ?4)"}
      .with(key.evaluator)
      .with(key.lab)
      .with(key.hash)
      .with(key.seed)
      .step();
}

}  // namespace autograder
