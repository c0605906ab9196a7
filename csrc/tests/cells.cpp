// Columns that are no numbers: log-likelihood, masses and sums of cells are those of the definition.
#include "check.hpp"
#include "mixtures.hpp"
#include "reference_blas.hpp"
#include "semigen/pass.hpp"

namespace {

using namespace mixtures;

template <class T>
constexpr double tolerance = sizeof(T) == 8 ? 1e-12 : 1e-4;

/// Cells of rows, none to six each, and log densities of every cell under every component.
struct Cells {
    std::vector<std::int64_t> first{0};
    std::vector<std::int32_t> numbers;
    Doubles times, tables;
    Index count;

    Cells(Index rows, Index cells, Index components, Random &random) : count(cells) {
        for (Index row = 0; row < rows; ++row) {
            for (Index i = row % 7; i > 0; --i) {
                numbers.push_back(static_cast<std::int32_t>(random.uniform(0, static_cast<double>(cells))));
                times.push_back(random.uniform(0.5, 3));
            }
            first.push_back(static_cast<std::int64_t>(numbers.size()));
        }
        for (Index i = 0; i < cells * components; ++i) tables.push_back(random.uniform(-4, 0));
    }

    semigen::Cells view(bool once) const { return {first.data(), numbers.data(), once ? nullptr : times.data()}; }
};

}  // namespace

TEST(sums_of_cells_are_those_of_the_definition) {
    Random random(51);
    int turn = 0;
    for (const Family family : families)
        for (const Index d : {1, 3, 65})
            for (const Index components : {1, 2, 3, 7, 16, 21}) {
                const bool once = turn++ % 2 == 0;
                const checks::Case label(std::string(name(family)) + " d=" + std::to_string(d) +
                                         " components=" + std::to_string(components));
                const Mixture mixture = random_mixture(family, components, d, random);
                const Sample sample = random_sample(150, components, d, random);
                const Cells cells(sample.rows, 11, components, random);
                semigen::ModelView model = mixture.view();
                model.tables = cells.tables.data();
                model.cells = cells.count;

                std::vector<long double> sums(cells.tables.size(), 0), x(static_cast<std::size_t>(d));
                long double log_likelihood = 0;
                for (const RowGroup &group : sample.groups)
                    for (Index position = group.first; position < group.last; ++position) {
                        const Index row = sample.order[position];
                        const long double weight = sample.weights[row] * group.weight;
                        for (Index j = 0; j < d; ++j) x[j] = sample.coordinate(position, j);
                        std::vector<long double> joint;
                        for (Index m = group.first_component; m < group.last_component; ++m) {
                            joint.push_back(log_joint(mixture, m, x.data()));
                            for (auto i = cells.first[row]; i < cells.first[row + 1]; ++i)
                                joint.back() +=
                                    (once ? 1 : cells.times[i]) * cells.tables[cells.numbers[i] * components + m];
                        }
                        const long double evidence = log_sum_exp(joint);
                        log_likelihood += weight * evidence;
                        for (Index m = group.first_component; m < group.last_component; ++m)
                            for (auto i = cells.first[row]; i < cells.first[row + 1]; ++i)
                                sums[cells.numbers[i] * components + m] +=
                                    weight * (once ? 1 : cells.times[i]) *
                                    std::exp(joint[m - group.first_component] - evidence);
                    }

                reference::install(reference::integer_widths[turn % 2]);
                for_each_precision([&](auto zero) {
                    using T = decltype(zero);
                    const Laid<T> laid(sample, layouts[turn % 4]);
                    semigen::Rows<T> rows = laid.rows;
                    rows.cells = cells.view(once);
                    for_each_instruction_set([&](const char *set) {
                        const checks::Case label(std::string(set) + " " + precision_name<T>);
                        semigen::PassMemory memory;
                        semigen::Workspace<T> workspace;
                        semigen::Interruption never(nullptr);
                        Doubles actual(static_cast<std::size_t>(model.layout().size()), -1.0);
                        // From the third pass on, moments of rows whose component is known would be remembered.
                        for (int pass = 0; pass < 4; ++pass)
                            semigen::expectation(rows, model, memory, workspace, turn % 3 == 0, 2, never,
                                                 actual.data());
                        CHECK_CLOSE(actual[0], static_cast<double>(log_likelihood),
                                    tolerance<T> * (1 + std::abs(static_cast<double>(log_likelihood))));
                        const Index begin = model.layout().cell_sums();
                        for (std::size_t i = 0; i < sums.size(); ++i)
                            CHECK_CLOSE(actual[begin + i], static_cast<double>(sums[i]), tolerance<T> * 1000);
                    });
                });
            }
}
